"""Reads Prometheus's text format. What is not of it is an error."""

import re

SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([^ ]+)(?: [0-9]+)?")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)')


class Exposition:
    def __init__(self, text):
        self.types, self.samples = {}, []
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, type = line.split(" ")
                self.types[name] = type
            elif line and not line.startswith("#"):
                self.samples.append(self.sample(line))

    @staticmethod
    def sample(line):
        matched = SAMPLE.fullmatch(line)
        if not matched:
            raise SystemExit(f"not of the text format: {line}")
        name, inside, value = matched.groups()
        labels, position = {}, 0
        while inside and position < len(inside):
            label = LABEL.match(inside, position)
            if not label:
                raise SystemExit(f"not of the text format: {line}")
            labels[label[1]] = label[2]
            position = label.end()
        return name, labels, float(value)

    def total(self, name, **wanted):
        return sum(
            value
            for other, labels, value in self.samples
            if other == name and all(labels.get(key) == it for key, it in wanted.items())
        )
