"""Put bits into images: by nets, by syndrome coding, and by QIM."""
