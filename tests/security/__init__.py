"""What an attacker or a curious colleague would try, on the whole service with one small county."""
