#!/usr/bin/env python3
"""A second verifier for the journal, written from src/Bastion.Audit/FORMAT.md alone, in plain Python (3.9 or later).

    verify_journal.py DIR [--key NAME+ID+BASE64] [--receipt FILE]
    verify_journal.py --log URL --key NAME+ID+BASE64 [--receipt FILE] [--token T]      a log that is only served (tlog-tiles);
                                                                                       with an auditor's token also its records

Exits 0 when the evidence holds, 1 with a line for each fault when it does not.
It shares no code with the gateway, so that nobody has to trust the gateway's own verifier.
"""
import argparse, base64, hashlib, json, os, re, sys, urllib.request

FAULTS = []


def fault(message):
    FAULTS.append(message)


# --- Ed25519 verification (RFC 8032), for public data only: nothing here is constant-time. -----------------------------
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
I = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * I % P
    if y >= P or (x * x - x2) % P or (x == 0 and sign):
        raise ValueError("not a point")
    return P - x if x & 1 != sign else x


def add(a, b):
    t, u = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = u - t, d - c, d + c, u + t
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(k, point):
    total = (0, 1, 1, 0)
    while k:
        if k & 1:
            total = add(total, point)
        point, k = add(point, point), k >> 1
    return total


def decompress(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = recover_x(y, sign)
    return x, y, 1, x * y % P


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (recover_x(BASE_Y, 0), BASE_Y, 1, recover_x(BASE_Y, 0) * BASE_Y % P)


def ed25519_verify(key, message, signature):
    try:
        a, r = decompress(key), decompress(signature[:32])
    except ValueError:
        return False
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    left, right = multiply(s, BASE), add(r, multiply(h, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# --- Keys, notes, checkpoints ------------------------------------------------------------------------------------------
class Key:
    def __init__(self, text):
        name, identifier, encoded = text.split("+", 2)
        typed = base64.b64decode(encoded, validate=True)
        wanted = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
        if len(typed) != 33 or typed[0] != 1 or wanted.hex() != identifier:
            raise ValueError("not a key: " + text)
        self.text, self.name, self.id, self.key = text, name, wanted, typed[1:]


def checkpoint(note):
    """Splits a note into its text, origin, size, root and signature lines."""
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    lines = text.split("\n")
    if len(lines) < 4 or not re.fullmatch(r"0|[1-9][0-9]*", lines[1]) or not signatures.endswith("\n"):
        raise ValueError("not a checkpoint")
    root = base64.b64decode(lines[2], validate=True)
    if base64.b64encode(root).decode() != lines[2] or len(root) != 32:
        raise ValueError("not a checkpoint")
    return text, int(lines[1]), root, signatures[:-1].split("\n")


def signed_by(text, signatures, key):
    for line in signatures:
        match = re.fullmatch(r"— (\S+) (\S+)", line)
        if not match or match[1] != key.name:
            continue
        data = base64.b64decode(match[2], validate=True)
        if data[:4] == key.id and base64.b64encode(data).decode() == match[2] and ed25519_verify(key.key, text.encode(), data[4:]):
            return True
    return False


# --- The tree ----------------------------------------------------------------------------------------------------------
def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(stack, size, leaf):
    while size & 1:
        leaf, size = node(stack.pop(), leaf), size >> 1
    stack.append(leaf)


def root_of(stack):
    if not stack:
        return hashlib.sha256().digest()
    total = stack[-1]
    for each in reversed(stack[:-1]):
        total = node(each, total)
    return total


def included(leaf, index, size, proof, root):
    last, total = size - 1, leaf
    if index >= size:
        return False
    for sibling in proof:
        if last == 0:
            return False
        if index & 1 or index == last:
            total = node(sibling, total)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            total = node(total, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and total == root


# --- The journal -------------------------------------------------------------------------------------------------------
def canonical(record):
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_line(line):
    digits, space, text = line[:64], line[64:65], line[65:]
    leaf = hashlib.sha256(b"\x00" + text).digest()
    if space != b" " or digits != leaf.hex().encode():
        return None
    record = json.loads(text)
    return (record, leaf) if canonical(record) == text else None


def read_checkpoints(path):
    data = open(path, "rb").read().decode() if os.path.exists(path) else ""
    found = []
    while data:
        try:
            end = data.index("\n\n", data.index("\n\n") + 2) + 2
        except ValueError:
            fault(f"{path}: the last checkpoint is cut")
            break
        found.append(checkpoint(data[: end - 1]))
        data = data[end:]
    return found


def rotation_statement(record, root):
    data = record["data"]
    lines = ["bastion journal key rotation v1", data["oldVerifierKey"], data["newVerifierKey"], str(record["seq"]), base64.b64encode(root).decode()]
    return "".join(line + "\n" for line in lines).encode()


def verify(directory, trusted, known):
    """Reads everything once; known maps tree sizes to roots that were shown elsewhere."""
    journal = os.path.join(directory, "journal")
    segments = os.path.join(journal, "segments")
    names = sorted(name for name in os.listdir(segments) if name.endswith(".records"))
    stack, size, after, key, vouched, seals, shredded, newest = [], 0, 0, None, set(), {}, set(), 0
    for name in names:
        if int(name[:20]) != size:
            fault(f"{name}: records {size} to {int(name[:20]) - 1} are missing")
            return
        checkpoints = read_checkpoints(os.path.join(segments, name[:20] + ".checkpoints"))
        lines = open(os.path.join(segments, name), "rb").read().split(b"\n")
        if lines.pop():
            fault(f"{name}: the last line is cut")
        for number, line in enumerate(lines):
            parsed = read_line(line)
            if not parsed:
                fault(f"{name}: record {size} is not what was written")
                return
            record, leaf = parsed
            if record["seq"] != size or record["after"] not in (after, size):
                fault(f"{name}: record {record['seq']} stands where {size} belongs")
                return
            kind, data = record["kind"], record["data"]
            if number == 0 and size and (kind != "journal.continued" or data["rootHash"] != base64.b64encode(root_of(stack)).decode()):
                fault(f"{name}: the segment does not continue the tree before it")
            if kind == "journal.key-rotated":
                if data["oldVerifierKey"] != key.text or not ed25519_verify(key.key, rotation_statement(record, root_of(stack)), base64.b64decode(data["signature"])):
                    fault(f"record {size}: the old key does not vouch for the new one")
                vouched.add(key.text)
                key = Key(data["newVerifierKey"])
            elif kind in ("journal.opened", "journal.continued"):
                key = key or Key(data["verifierKey"])
                if data["verifierKey"] != key.text:
                    fault(f"record {size}: another key without a rotation")
            elif kind == "recording.sealed":
                seals.setdefault(data["file"], (size, data["length"], data["sha256"]))
                if "keySha256" in data:
                    seals.setdefault(record["session"] + "/key", (size, None, data["keySha256"]))
            elif kind == "recording.shredded":
                shredded.add(record["session"])
            append(stack, size, leaf)
            size, after = size + 1, record["after"]
            while checkpoints and checkpoints[0][1] <= size:
                text, covered, root, signatures = checkpoints.pop(0)
                if not signed_by(text, signatures, key):
                    fault(f"the checkpoint over {covered} records is not signed by {key.text}")
                if covered != size or root != root_of(stack):
                    fault(f"records {newest} to {covered - 1} are not those that their checkpoint was signed for")
                vouched.add(key.text)
                newest = covered
            if size in known and known.pop(size) != root_of(stack):
                fault(f"a checkpoint over {size} records that was shown elsewhere is not of this journal")
        for _, covered, _, _ in checkpoints:
            fault(f"a checkpoint covers {covered} records, but only {size} are here")
    for covered in known:
        fault(f"a checkpoint over {covered} records was shown elsewhere, but only {size} are here")
    if trusted not in vouched:
        fault(f"the journal is not signed by {trusted}")
    # The bytes on disk are what was sealed: no key is needed. Of a destroyed recording nothing need be left.
    for file, (sequence, length, digest) in seals.items():
        path = os.path.join(directory, "recordings", file)
        content = open(path, "rb").read() if os.path.exists(path) else None
        if file.split("/")[0] in shredded and (content is None or file.endswith("/key")):
            continue
        if content is None or length not in (None, len(content)) or hashlib.sha256(content).hexdigest() != digest:
            fault(f"recording {file} is missing or not what record {sequence} sealed")
    parts = sum(not file.endswith("/key") for file in seals)
    print(f"{size} records, {newest} under a checkpoint, {parts} recordings")


def read_receipts(path, trusted):
    """Checks each receipt on its own and returns the trees that they pin."""
    known = {}
    for text in re.split(r"\n(?=c2sp\.org/tlog-proof@v1\n)", open(path, encoding="utf-8").read()):
        head, _, note = text.rstrip("\n").partition("\n\n")
        lines = head.split("\n")
        record, index = base64.b64decode(lines[1][6:]), int(lines[2][6:])
        text, size, root, signatures = checkpoint(note + "\n")
        leaf = hashlib.sha256(b"\x00" + record).digest()
        if not signed_by(text, signatures, Key(trusted)):
            fault(f"receipt for record {index}: its checkpoint is not signed by {trusted}")
        elif not included(leaf, index, size, [base64.b64decode(line) for line in lines[3:]], root):
            fault(f"receipt for record {index}: its proof does not lead to its checkpoint")
        known[size] = root
    return known


def verify_served(url, trusted, known, token):
    """Follows a log as a monitor would: every hash, and every record when a token opens them."""

    def fetch(path):
        request = urllib.request.Request(url.rstrip("/") + "/" + path, headers={"Authorization": "Bearer " + token} if token else {})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()

    text, size, root, signatures = checkpoint(fetch("checkpoint").decode())
    if not signed_by(text, signatures, Key(trusted)):
        fault(f"the checkpoint is not signed by {trusted}")
    stack, count = [], 0
    for tile in range((size + 255) // 256):
        width, digits = min(256, size - 256 * tile), f"{tile:03d}"
        while len(digits) % 3:
            digits = "0" + digits
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        name = "/".join(["x" + group for group in groups[:-1]] + groups[-1:]) + ("" if width == 256 else f".p/{width}")
        hashes, entries = fetch("tile/0/" + name), fetch("tile/entries/" + name) if token else b""
        if len(hashes) != 32 * width:
            fault(f"tile 0/{name} has {len(hashes)} bytes")
            return
        for index in range(width):
            leaf = hashes[32 * index : 32 * index + 32]
            if token:
                length = int.from_bytes(entries[:2], "big")
                record, entries = entries[2 : 2 + length], entries[2 + length :]
                if hashlib.sha256(b"\x00" + record).digest() != leaf or json.loads(record)["seq"] != count:
                    fault(f"record {count} does not fit its hash")
            append(stack, count, leaf)
            count += 1
            if count in known and known.pop(count) != root_of(stack):
                fault(f"a checkpoint over {count} records that was shown elsewhere is not of this log")
    if root_of(stack) != root:
        fault("the hashes are not those that the checkpoint was signed for")
    for covered in known:
        fault(f"a checkpoint over {covered} records was shown elsewhere, but the log shows only {size}")
    print(f"{size} records, served" + (" and read" if token else ""))


def served(options):
    try:
        verify_served(options.log, options.key, read_receipts(options.receipt, options.key) if options.receipt else {}, options.token)
    except (ValueError, KeyError, IndexError, OSError, TypeError) as exception:
        fault(f"not readable as a log: {exception}")
    for message in FAULTS:
        print(message)
    return 1 if FAULTS else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", nargs="?")
    parser.add_argument("--log", help="the URL of a log that is only served")
    parser.add_argument("--token", help="an auditor's access token, for the records")
    parser.add_argument("--key", help="the public key to trust; without it the one in the directory")
    parser.add_argument("--receipt", help="a file of receipts that must fit this journal")
    options = parser.parse_args()
    if options.log:
        return served(options)
    published = os.path.join(options.directory, "journal", "checkpoint")
    trusted = options.key or open(os.path.join(options.directory, "journal", "key")).read().rstrip("\n")
    try:
        known = read_receipts(options.receipt, trusted) if options.receipt else {}
        if os.path.exists(published):
            text, size, root, signatures = checkpoint(open(published, encoding="utf-8").read())
            if known.setdefault(size, root) != root:
                fault("the published checkpoint and a receipt differ")
        verify(options.directory, trusted, known)
    except (ValueError, KeyError, IndexError, OSError, TypeError) as exception:
        fault(f"not readable as a journal: {exception}")
    for message in FAULTS:
        print(message)
    return 1 if FAULTS else 0


if __name__ == "__main__":
    sys.exit(main())
