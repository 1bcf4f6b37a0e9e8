"""Reads the samples next to this file: safetensors or npy, mapped into memory. Needs numpy alone.

    from reader import Dataset
    data = Dataset("samples").shuffle(seed=7, epoch=0).shard(rank=0, n=4)
    data[0]["inputs"], data[0]["policy"], data[0]["value"]
"""
import bisect, json, math, os
import numpy as np

_TYPES = {"U8": "|u1", "U16": "<u2", "U32": "<u4", "U64": "<u8", "I32": "<i4", "F16": "<f2", "F32": "<f4"}
_M = 0xFFFFFFFF

def _mix(x):
    x = ((x ^ x >> 16) * 0x21F0AAAD + 0x6D2B79F5) & _M
    x = ((x ^ x >> 15) * 0x735A2D97) & _M
    return x ^ x >> 15

def permutation(n, key):
    """The function from place to number of the keyed order of 0 ... n - 1, as `shuffle` has it."""
    a, b = 0x243F6A88, 0x85A308D3
    for number in key:
        for half in (number & _M, number >> 32 & _M):
            a, b = _mix(a ^ half), _mix(b ^ half)
    word = lambda i: _mix(_mix(i ^ a) ^ b)
    if n <= 256:
        table = list(range(n))
        for i in range(n - 1, 0, -1):
            j = word(i) % (i + 1)
            table[i], table[j] = table[j], table[i]
        return table.__getitem__
    keys = [word(i) for i in range(8)]
    rows = math.isqrt(n - 1) + 1
    columns = -(-n // rows)
    def at(place):
        while True:
            row, column = divmod(place, columns)
            for i in range(0, 8, 2):
                row = (row + _mix(column ^ keys[i]) % rows) % rows
                column = (column + _mix(row ^ keys[i + 1]) % columns) % columns
            place = row * columns + column
            if place < n:
                return place
    return at

def _open(path):
    if os.path.isdir(path):
        return {f[:-4]: np.load(os.path.join(path, f), mmap_mode="r") for f in os.listdir(path) if f.endswith(".npy")}
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    data, at = np.memmap(path, np.uint8, "r"), 8 + length
    return {name: data[at + a["data_offsets"][0]:at + a["data_offsets"][1]].view(_TYPES[a["dtype"]]).reshape(a["shape"])
            for name, a in header.items() if name != "__metadata__"}

class Dataset:
    """Samples as dicts of arrays, by index; for torch, grain and other readers of sequences."""
    def __init__(self, folder=os.path.dirname(os.path.abspath(__file__))):
        with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
            self.manifest = json.load(file)
        self._paths = [os.path.join(folder, s["files"][0]["path"].split("/")[0]) for s in self.manifest["shards"]]
        self._starts = [0]
        for s in self.manifest["shards"]:
            self._starts.append(self._starts[-1] + s["count"])
        self._files, self._next = {}, 0
        self._order(None, 0, 0, 1)

    def _order(self, seed, epoch, rank, n):
        self.seed, self.epoch, self.rank, self.n = seed, epoch, rank, n
        self._at = int if seed is None else permutation(self._starts[-1], [seed, epoch])
        return self

    def shuffle(self, seed, epoch=0):
        """Takes the samples in a random order: the same on every machine."""
        return self._order(seed, epoch, self.rank, self.n)

    def shard(self, rank, n):
        """Takes every n-th sample of the order from the rank-th on."""
        if not 0 <= rank < n:
            raise ValueError(f"rank must be from 0 to {n - 1}: current value is {rank}")
        return self._order(self.seed, self.epoch, rank, n)

    def __len__(self):
        return max(0, -(-(self._starts[-1] - self.rank) // self.n))

    def __getitem__(self, i):
        i = int(i) + (len(self) if i < 0 else 0)
        if not 0 <= i < len(self):
            raise IndexError(i)
        number = self._at(i * self.n + self.rank)
        k = bisect.bisect_right(self._starts, number) - 1
        if k not in self._files:
            self._files[k] = _open(self._paths[k])
        return {name: array[number - self._starts[k]] for name, array in self._files[k].items()}

    def __iter__(self):
        """Goes through the rest; `state_dict` says how far."""
        while self._next < len(self):
            self._next += 1
            yield self[self._next - 1]
        self._next = 0

    def state_dict(self):
        return {"seed": self.seed, "epoch": self.epoch, "rank": self.rank, "n": self.n, "next": self._next}

    def load_state_dict(self, state):
        self._order(state["seed"], state["epoch"], state["rank"], state["n"])
        self._next = state["next"]

    def __getstate__(self):
        return {**self.__dict__, "_files": {}, "_at": None}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._order(self.seed, self.epoch, self.rank, self.n)
