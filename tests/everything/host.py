"""A host on a state folder, and what it says."""

import collections
import os
import re
import signal
import subprocess
import time


class Served:
    """Runs `claviger serve` on `self.folder`, with `self.program` and `self.environment`."""

    def path(self, name):
        return os.path.join(self.folder, name)

    def serve(self):
        log = open(self.path("log"), "w")
        self.process = subprocess.Popen(
            [self.program, "serve", "--config", self.path("claviger.toml")],
            env=self.environment, stdout=log, stderr=log)
        for _ in range(1200):
            with open(self.path("log")) as log:
                found = re.search(r"(?<!probe )listening on [\d.]+:(\d+)", log.read())
            if found:
                self.port = int(found.group(1))
                return
            assert self.process.poll() is None, "the host does not serve: " + self.path("log")
            time.sleep(0.05)
        raise AssertionError("the host does not serve within a minute: " + self.path("log"))

    def stop(self):
        """Its status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def resident(self):
        """Of its memory, in MiB."""
        with open(f"/proc/{self.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def print_log(self):
        """Each kind of line with its count."""
        lines = collections.Counter()
        with open(self.path("log")) as log:
            for line in log:
                line = re.sub(r"\x1b\[[\d;]*m|^\S+Z", "", line)
                lines[re.sub(r"[0-9a-f]{16,}|\d+", "N", line).strip()[:150]] += 1
        print("log:")
        for line, count in lines.most_common(40):
            print(f"  {count:6} {line}")
