// An SMSC on the npm package smpp: takes submits, keeps a journal, brings receipts until they are
// acknowledged. Called with a port and the journal's file; says "ready" when it listens.
'use strict';
const fs = require('fs');
const smpp = require('smpp');

const [port, path] = process.argv.slice(2);
const THROTTLED_EVERY = 25;
const PASSWORD = 'sim-pass';

const journal = fs.openSync(path, 'a');
const write = (entry) => fs.writeSync(journal, JSON.stringify(entry) + '\n');
const open = new Map(); // receipts to be acknowledged, by id
let taken = 0;
let asked = 0;
for (const line of fs.readFileSync(path, 'utf8').split('\n').filter(Boolean)) {
  const entry = JSON.parse(line);
  if (entry.took) {
    taken += 1;
    open.set(entry.took, entry.to);
  } else if (entry.told) {
    open.delete(entry.told);
  }
}

const bound = new Set();

function tell(id) {
  const session = [...bound][Number.parseInt(id, 16) % bound.size];
  if (!session || !open.has(id)) return; // told when somebody is bound again
  const words = `id:${id} sub:001 dlvrd:001 submit date:2611221200 done date:261122120102`;
  const odd = Number.parseInt(id, 16) % 2;
  session.deliver_sm(
    {
      source_addr_ton: 1,
      source_addr_npi: 1,
      source_addr: open.get(id),
      dest_addr_ton: 5,
      destination_addr: 'SIM-CITY',
      esm_class: 4,
      ...(odd
        ? { receipted_message_id: id, message_state: 2 }
        : { short_message: `${words} stat:DELIVRD err:000 text:` }),
    },
    (answer) => {
      if (answer.command_status === 0) {
        open.delete(id);
        write({ told: id });
      } else {
        setTimeout(tell, 200, id);
      }
    },
  );
}

function take(session, pdu) {
  asked += 1;
  if (asked % THROTTLED_EVERY === 0) {
    write({ threw: pdu.destination_addr });
    session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
    return;
  }
  taken += 1;
  const id = taken.toString(16).padStart(8, '0');
  const udh = pdu.short_message.udh;
  write({
    took: id,
    to: pdu.destination_addr,
    text: pdu.short_message.message,
    place: udh ? [...udh[0].subarray(-2)] : [1, 1],
  });
  open.set(id, pdu.destination_addr);
  session.send(pdu.response({ message_id: id }));
  setTimeout(tell, Math.random() * 200, id);
}

smpp
  .createServer((session) => {
    session.on('error', () => session.destroy());
    session.on('close', () => bound.delete(session));
    session.on('bind_transceiver', (pdu) => {
      const refused = pdu.password !== PASSWORD;
      session.send(pdu.response({ command_status: refused ? smpp.ESME_RINVPASWD : 0 }));
      if (refused) return;
      bound.add(session);
      for (const id of open.keys()) tell(id);
    });
    session.on('submit_sm', (pdu) => take(session, pdu));
    session.on('enquire_link', (pdu) => session.send(pdu.response()));
    session.on('unbind', (pdu) => {
      session.send(pdu.response());
      session.close();
    });
  })
  .listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'));
