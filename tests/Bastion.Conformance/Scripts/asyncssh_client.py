"""AsyncSSH as a client of ours: port known_hosts user key home [sessions-only]."""
import asyncio
import os
import sys

import asyncssh

port, known_hosts, user, key, home = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5]
noise = os.urandom(200_000)


def credentials():
    certificate = key + "-cert.pub"
    return [(key, certificate)] if os.path.exists(certificate) else [key]


async def run():
    options = dict(port=port, known_hosts=known_hosts, agent_path=None, config=[], rekey_bytes=100_000)
    async with asyncssh.connect("127.0.0.1", username=user, client_keys=credentials(), **options) as connection:
        result = await connection.run("cat; echo problem >&2; exit 4", input=noise, encoding=None)
        assert result.stdout == noise, (len(result.stdout), result)
        assert result.stderr == b"problem\n"
        assert result.exit_status == 4

        several = await asyncio.gather(*(connection.run(f"cat; echo {index}", input=noise, encoding=None) for index in range(5)))
        for index, result in enumerate(several):
            assert result.stdout == noise + f"{index}\n".encode()

        terminal = await connection.run("stty size", term_type="xterm", term_size=(91, 37))
        assert terminal.stdout.strip() == "37 91", terminal.stdout

        async with connection.start_sftp_client() as sftp:
            name = os.path.join(home, "asyncssh")
            async with sftp.open(name, "wb") as remote:
                await remote.write(noise)
            async with sftp.open(name, "rb") as remote:
                assert await remote.read() == noise
            await sftp.remove(name)

        killed = await connection.run("kill -KILL $$")
        assert killed.exit_signal and killed.exit_signal[0] == "KILL", killed.exit_signal

    if "sessions-only" in sys.argv:
        print("all good")
        return

    class Interactive(asyncssh.SSHClient):
        def kbdint_auth_requested(self):
            return ""

        def kbdint_challenge_received(self, name, instructions, lang, prompts):
            return ["open sesame" for _ in prompts]

    async with asyncssh.connect("127.0.0.1", username="secret", client_keys=None, client_factory=Interactive,
                                preferred_auth="keyboard-interactive", **options) as connection:
        assert (await connection.run("echo in")).stdout == "in\n"
    try:
        async with asyncssh.connect("127.0.0.1", username="secret", password="wrong", client_keys=None, **options):
            raise SystemExit("a wrong password was taken")
    except asyncssh.PermissionDenied:
        pass
    print("all good")


asyncio.run(run())
