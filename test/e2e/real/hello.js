// SPDX-License-Identifier: ISC
// For real_node.sh: workers, the JIT, the thread pool, HTTP, WebAssembly, child processes.
const http = require('http'), fs = require('fs'), os = require('os'), cp = require('child_process'),
      {Worker, isMainThread, parentPort} = require('worker_threads'), crypto = require('crypto'), zlib = require('zlib');
if (!isMainThread) {
	let s = 0;
	for (let i = 0; i < 3e6; i++) s += i;
	parentPort.postMessage(s);
	return;
}
(async () => {
	setInterval(() => {}, 1000);  // an outstanding promise alone does not keep it running

	function fib(n) {
		return n < 2 ? n : fib(n - 1) + fib(n - 2)
	}
	console.log('fib', fib(25));
	const ws = [...Array(4)].map(() => new Promise((r, j) => {
					     const w = new Worker(__filename);
					     w.on('message', r);
					     w.on('error', j)
				     }));
	console.log('workers', (await Promise.all(ws)).join());
	console.log('scrypt', crypto.scryptSync('a', 'b', 16).toString('hex'));
	console.log('gzip', zlib.gunzipSync(zlib.gzipSync('x'.repeat(100000))).length);
	console.log('async', (await new Promise(r => crypto.pbkdf2('a', 'b', 1000, 16, 'sha1', (e, k) => r(k.toString('hex'))))));
	const dir = fs.mkdtempSync(os.tmpdir() + '/hello-');
	fs.writeFileSync(dir + '/f', 'hello');
	console.log(fs.readFileSync(dir + '/f', 'utf8'), fs.readdirSync(dir));
	await fs.promises.rm(dir, {recursive: true});
	const s = http.createServer((q, r) => r.end('you asked ' + q.url));
	await new Promise(r => s.listen(0, '127.0.0.1', r));
	let n = 0;
	for (let i = 0; i < 20; i++) {
		const t = await (await fetch(`http://127.0.0.1:${s.address().port}/${i}`)).text();
		if (t === 'you asked /' + i) n++;
	}
	console.log('http', n);
	s.close();
	const mod = new WebAssembly.Module(new Uint8Array([
		0, 97, 115, 109, 1,  0,	  0,   0, 1, 7,	 1, 96, 2, 127, 127, 1, 127, 3, 2,   1, 0,
		7, 7,  1,   3,	 97, 100, 100, 0, 0, 10, 9, 1,	7, 0,	32,  0, 32,  1, 106, 11
	]));
	console.log('wasm', new WebAssembly.Instance(mod).exports.add(2, 3));
	console.log('child', cp.execFileSync(process.execPath, ['-e', 'console.log(6*7)']).toString().trim());
	await new Promise(r => {
		process.on('SIGUSR2', () => {
			console.log('usr2');
			r()
		});
		process.kill(process.pid, 'SIGUSR2')
	});
	let a = [];
	for (let i = 0; i < 200; i++) a.push(new Array(100000).fill(i));
	a = null;
	if (global.gc) gc();
	try {
		(function f() {
			f()
		})()
	} catch (e) {
		console.log(e.name)
	}
	console.log(os.cpus().length >= 1, os.totalmem() > 0);
	setTimeout(() => process.exit(7), 10);
})();
