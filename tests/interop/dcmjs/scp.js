// dcmjs-dimse as SCP: node scp.js PORT FOLDER. Takes every storage class in every transfer syntax,
// and keeps the bytes of each data set, bare, under the SOP Instance UID.
const { writeFileSync } = require("node:fs");
const path = require("node:path");
const { Writable } = require("node:stream");
const { Scp, Server, constants, responses } = require("dcmjs-dimse");

const [port, folder] = process.argv.slice(2);

class Keeper extends Scp {
  associationRequested(association) {
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id);
      context.setResult(
        constants.PresentationContextResult.Accept,
        context.getTransferSyntaxUids()[0],
      );
    }
    this.sendAssociationAccept();
  }

  cEchoRequest(request, callback) {
    const response = responses.CEchoResponse.fromRequest(request);
    response.setStatus(constants.Status.Success);
    callback(response);
  }

  // It never says that it is full: dcmjs-dimse would take the next PDU before it has ended this one.
  createStoreWritableStream(context, request) {
    const stream = new Writable({
      highWaterMark: 2 ** 30,
      write(chunk, encoding, done) {
        stream.chunks.push(chunk);
        done();
      },
    });
    stream.chunks = [];
    stream.name = request.getAffectedSopInstanceUid();
    return stream;
  }

  createDatasetFromStoreWritableStream(stream, context, callback) {
    writeFileSync(path.join(folder, stream.name), Buffer.concat(stream.chunks));
    callback(undefined); // nobody here wants it parsed
  }

  cStoreRequest(request, callback) {
    const response = responses.CStoreResponse.fromRequest(request);
    response.setStatus(constants.Status.Success);
    callback(response);
  }

  associationReleaseRequested() {
    this.sendAssociationReleaseResponse();
  }
}

const server = new Server(Keeper);
server.on("networkError", (error) => process.stderr.write(`${error}\n`));
server.listen(Number(port));
