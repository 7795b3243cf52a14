"""Prints who is behind each event that a sidecar's tap publishes: tap.py ADDRESS TOPIC"""
import sys, msgpack, zmq

tap = zmq.Context().socket(zmq.SUB)
tap.connect(sys.argv[1])
tap.subscribe(sys.argv[2])  # the beginning of a contract's name: orders.OrderPlaced
while True:
    topic, about, payload = tap.recv_multipart()
    who = msgpack.unpackb(about)
    print(topic.decode(), who["userId"], who["permissions"], payload, flush=True)
