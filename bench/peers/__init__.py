"""SMS centres on libraries that none of us wrote, for bench/smpp_peers.py."""
