"""AsyncSSH as a target: port host-key. `secret` logs in by password or prompt, `both` by key and then a prompt."""
import asyncio
import sys

import asyncssh


class Server(asyncssh.SSHServer):
    def begin_auth(self, username):
        self.username = username
        return True

    def password_auth_supported(self):
        return self.username == "secret"

    def validate_password(self, username, password):
        return username == "secret" and password == "open sesame"

    def kbdint_auth_supported(self):
        return self.username == "prompted"

    def get_kbdint_challenge(self, username, lang, submethods):
        return "", "Answer.", "", [("Password: ", False)]

    def validate_kbdint_response(self, username, responses):
        return responses == ["open sesame"]


async def serve(process):
    if process.command == "cat":
        process.stdout.write(await process.stdin.read())
    else:
        process.stdout.write("hello\n")
    process.exit(0)


async def main():
    await asyncssh.listen("127.0.0.1", int(sys.argv[1]), server_factory=Server, server_host_keys=[sys.argv[2]],
                          process_factory=serve)
    await asyncio.Event().wait()


asyncio.run(main())
