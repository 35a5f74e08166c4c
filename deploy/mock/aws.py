"""AWS's command line, started once and asked often: of each second that a call takes, most goes into starting it.

    python deploy/mock/aws.py serve SOCKET          answers, each time in a process of its own
    python deploy/mock/aws.py SOCKET WORDS…         asks, as `aws WORDS…` would
"""

import json
import os
import socket
import sys


def serve(path: str) -> None:
    import socketserver
    import tempfile

    from awscli.clidriver import create_clidriver

    driver = create_clidriver()
    loader = driver.session.get_component("data_loader")
    for service in ["cloudformation", "dynamodb", "ec2", "ecr", "s3", "sts"]:
        loader.load_service_model(service, "service-2")

    class Call(socketserver.StreamRequestHandler):
        def handle(self):
            told = json.loads(self.rfile.readline())
            os.environ.clear()
            os.environ.update(told["environment"])
            os.chdir(told["folder"])
            files = [tempfile.TemporaryFile() for _ in range(2)]
            for file, output in zip(files, (1, 2)):
                os.dup2(file.fileno(), output)
            try:
                code = driver.main(told["words"])
            except SystemExit as end:
                code = end.code
            sys.stdout.flush()
            sys.stderr.flush()
            texts = []
            for file in files:
                file.seek(0)
                texts.append(file.read().decode())
            self.wfile.write(json.dumps([code or 0, *texts]).encode())

    class Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
        pass

    Server(path, Call).serve_forever()


def ask(path: str, words: list[str]) -> int:
    told = {"words": words, "folder": os.getcwd(), "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(path)
        line.sendall(json.dumps(told).encode() + b"\n")
        with line.makefile() as answer:
            code, out, error = json.load(answer)
    sys.stdout.write(out)
    sys.stderr.write(error)
    return code


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        sys.exit(ask(sys.argv[1], sys.argv[2:]))
