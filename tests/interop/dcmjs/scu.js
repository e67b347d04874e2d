// dcmjs-dimse as SCU: node scu.js PORT ORDERS, where ORDERS is JSON:
//   window  operations to ask for at once
//   store   paths of files
//   find    keys of a study, by keyword
//   get     a Study Instance UID
//   move    a Study Instance UID and a title
// C-ECHO comes first. One JSON line says what was agreed on, each status, and what was found.
const { Client, constants, requests, responses } = require("dcmjs-dimse");

const [port, text] = process.argv.slice(2);
const orders = { window: 1, store: [], find: null, get: null, move: null, ...JSON.parse(text) };
const said = { window: null, statuses: [], found: [], got: [], errors: [] };

function failed(error) {
  said.errors.push(String(error));
  process.exitCode = 1;
}

const asked = [
  new requests.CEchoRequest(),
  ...orders.store.map((file) => new requests.CStoreRequest(file)),
];
if (orders.find) asked.push(requests.CFindRequest.createStudyFindRequest(orders.find));
if (orders.get) asked.push(requests.CGetRequest.createStudyGetRequest(orders.get));
if (orders.move) {
  const [study, title] = orders.move;
  asked.push(requests.CMoveRequest.createStudyMoveRequest(title, study));
}

const client = new Client();
for (const request of asked) {
  request.on("response", (response) => {
    if (response.getStatus() !== constants.Status.Pending) {
      said.statuses.push(response.getStatus());
    } else if (response.hasDataset()) {
      said.found.push(response.getDataset().getElements());
    }
  });
  client.addRequest(request);
}
client.on("associationAccepted", (association) => {
  said.window = [association.getMaxAsyncOpsInvoked(), association.getMaxAsyncOpsPerformed()];
});
client.on("cStoreRequest", (request, callback) => {
  said.got.push(request.getAffectedSopInstanceUid());
  const response = responses.CStoreResponse.fromRequest(request);
  response.setStatus(constants.Status.Success);
  callback(response);
});
client.on("associationRejected", () => failed("rejected"));
client.on("networkError", failed);
client.on("closed", () => process.stdout.write(`${JSON.stringify(said)}\n`));
client.send("127.0.0.1", Number(port), "DCMJS", "RUSSET", {
  asyncOps: { maxAsyncOpsInvoked: orders.window, maxAsyncOpsPerformed: orders.window },
});
