// dcmjs-dimse as SCU: node scu.js PORT WINDOW [FILE ...]. C-ECHO, then C-STORE of each file with up
// to WINDOW operations under way. One JSON line says what was agreed on and each status.
const { Client, constants, requests } = require("dcmjs-dimse");

const [port, window, ...files] = process.argv.slice(2);
const said = { window: null, statuses: [], errors: [] };

function failed(error) {
  said.errors.push(String(error));
  process.exitCode = 1;
}

const client = new Client();
for (const request of [
  new requests.CEchoRequest(),
  ...files.map((file) => new requests.CStoreRequest(file)),
]) {
  request.on("response", (response) => said.statuses.push(response.getStatus()));
  client.addRequest(request);
}
client.on("associationAccepted", (association) => {
  said.window = [association.getMaxAsyncOpsInvoked(), association.getMaxAsyncOpsPerformed()];
});
client.on("associationRejected", () => failed("rejected"));
client.on("networkError", failed);
client.on("closed", () => {
  if (said.statuses.some((status) => status !== constants.Status.Success)) failed("a status");
  process.stdout.write(`${JSON.stringify(said)}\n`);
});
const most = Number(window);
client.send("127.0.0.1", Number(port), "DCMJS", "RUSSET", {
  asyncOps: { maxAsyncOpsInvoked: most, maxAsyncOpsPerformed: most },
});
