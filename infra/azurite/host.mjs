// Runs Azurite for as long as somebody holds this process's standard input open, and closes it properly then:
// a command that is killed with -9 cannot clean up, but the operating system closes its pipes.
//
// Started in the folder that Azurite is installed in:
//
//   node host.mjs --memory
//   node host.mjs --location <folder>
//
// Prints one line when it serves, `ready {"blob": url, "queue": url, "table": url}`; the ports are free ones, chosen by the system.
// In a location it keeps `host.pid` while it runs. The file outlives only a process that was killed: whoever starts next reads
// from it that Azurite could not save its last moments.

import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const CLOSE_TIMEOUT_MS = 20_000;
const AUTOSAVE_MS = 500;

// The holder of the pipes may be dead while Azurite still saves; what it prints then has nowhere to go.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const [mode, location] = process.argv.slice(2);
if (mode !== '--memory' && !(mode === '--location' && location)) {
  console.error('usage: node host.mjs --memory | --location <folder>');
  process.exit(2);
}

const pidFile = mode === '--location' ? path.join(location, 'host.pid') : null;
if (pidFile) {
  fs.mkdirSync(location, { recursive: true });
  try {
    fs.writeFileSync(pidFile, String(process.pid), { flag: 'wx' });
  } catch (error) {
    console.error(`${pidFile} exists: another Azurite may be using this folder (${error.code}).`);
    process.exit(4);
  }
}

let close = null;
let closing = false;
let failed = false;

function stop() {
  if (closing) return;
  closing = true;
  if (close === null) process.exit(0);
  setTimeout(() => process.exit(3), CLOSE_TIMEOUT_MS).unref();
  close();
}

process.on('exit', (code) => {
  // Nothing was written before Azurite served, and everything is saved after a proper close.
  if (pidFile && !failed && (code === 0 || close === null)) fs.rmSync(pidFile, { force: true });
});

process.on('uncaughtException', (error) => {
  failed = close !== null;
  console.error(`Azurite stopped: ${error.message}`);
  process.exit(1);
});

// Azurite closes on Ctrl+C, which a terminal sends to every process of the command; the command still has checkpoints to save then.
// So its closing function is caught where it is registered, which is also the moment it serves.
const addresses = {};
const registerOnce = process.once;
process.once = function (event, listener) {
  if (event === 'SIGTERM') {
    close = listener;
    console.log(`ready ${JSON.stringify(addresses)}`);
    return this;
  }
  if (event === 'SIGINT' || event === 'message') return this;
  return registerOnce.call(this, event, listener);
};

const log = console.log;
console.log = (...words) => {
  const found = /^Azurite (Blob|Queue|Table) service is successfully listening at (\S+)$/.exec(String(words[0]));
  if (found) addresses[found[1].toLowerCase()] = found[2];
  log(...words);
};

// The same goes for the signals of a service manager or a closed terminal: the pipe alone says when the command is done with us.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.stdin.on('end', stop);
process.stdin.on('error', stop);
process.stdin.resume();

const host = '127.0.0.1';
process.argv = [
  process.argv[0], 'azurite', '--silent', '--skipApiVersionCheck', '--disableTelemetry',
  '--blobHost', host, '--queueHost', host, '--tableHost', host,
  '--blobPort', '0', '--queuePort', '0', '--tablePort', '0',
  ...(pidFile ? ['--location', location] : ['--inMemoryPersistence']),
];

// Azurite writes its databases every five seconds, and has no setting for it. What a power cut may cost is to be less.
const require = createRequire(path.join(process.cwd(), 'package.json'));
const database = require('lokijs').prototype;
const enableAutosave = database.autosaveEnable;
database.autosaveEnable = function (...words) {
  this.autosaveInterval = AUTOSAVE_MS;
  return enableAutosave.apply(this, words);
};

require('azurite/dist/src/azurite.js');
