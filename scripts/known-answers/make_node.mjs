// better-auth, firebase-scrypt, @phc/pbkdf2, @adonisjs/hash. Usage: node make_node.mjs OUT.csv EXTRA.csv
import { createRequire } from 'node:module'
import { readFileSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

// packages are taken from the node_modules of the folder this is run in
const req = createRequire(join(process.cwd(), 'x.js'))
const load = async spec => import(pathToFileURL(req.resolve(spec)).href)
const loadEsm = async (pkg, file) => import(pathToFileURL(join(process.cwd(), 'node_modules', pkg, file)).href)
const ver = p => `${p} ${JSON.parse(readFileSync(join(process.cwd(), 'node_modules', p, 'package.json'))).version}`

const PLAIN = 'exemplary', UTF8 = 'pässwörd ☃', WRONG = 'exemplary?'
const rows = [], extra = []
async function add (list, format, madeBy, password, hash, verify) {
  if (await verify(password, hash) !== true) throw new Error(`does not verify: ${format} ${hash}`)
  if (await verify(WRONG, hash) !== false) throw new Error(`verifies wrongly: ${format} ${hash}`)
  list.push([format, madeBy, password, hash])
}

// better-auth
{
  const { hashPassword, verifyPassword } = await loadEsm('better-auth', 'dist/crypto/index.mjs')
  const by = ver('better-auth')
  const check = (password, hash) => verifyPassword({ password, hash })
  for (const pw of [PLAIN, UTF8, 'ﬁne pässword']) await add(rows, 'better-auth', by, pw, await hashPassword(pw), check)
  // NFKC: the ligature and its two letters are the same password; so are NFD and NFC
  const lig = rows.at(-1)[3]
  if (!await check('fine pässword', lig)) throw new Error('NFKC expected')
  const nfd = await hashPassword('cafe\u0301 royal')
  if (!await check('caf\u00e9 royal', nfd)) throw new Error('NFKC expected')
  await add(extra, 'better-auth', by, 'cafe\u0301 royal', nfd, check)
}

// Firebase
{
  const { FirebaseScrypt } = await load('firebase-scrypt')
  const by = ver('firebase-scrypt')
  const str = (p, salt, hash) => `$fbscrypt$v=1,n=${p.memCost},r=${p.rounds},p=1,ss=${p.saltSeparator},sk=${p.signerKey}$${salt}$${hash}`
  const checkWith = (p, salt) => (pw, s) => new FirebaseScrypt(p).verify(pw, salt, s.split('$').at(-1))
  const sample = {
    memCost: 14, rounds: 8, saltSeparator: 'Bw==',
    signerKey: 'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=='
  }
  // the published sample of the firebase/scrypt repository
  const salt = '42xEC+ixf3L2lw=='
  const known = 'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=='
  await add(rows, 'firebase-scrypt', `firebase/scrypt README sample (verified with ${by})`, 'user1password', str(sample, salt, known), checkWith(sample, salt))
  for (const [p, pws] of [
    [sample, [PLAIN, UTF8]],
    [{ memCost: 4, rounds: 8, saltSeparator: 'Bw==', signerKey: randomBytes(64).toString('base64') }, [PLAIN, UTF8]],
    [{ memCost: 5, rounds: 3, saltSeparator: 'c2Vw', signerKey: randomBytes(64).toString('base64') }, [PLAIN, UTF8]]
  ]) {
    for (const pw of pws) {
      const s = randomBytes(10).toString('base64')
      await add(rows, 'firebase-scrypt', by, pw, str(p, s, await new FirebaseScrypt(p).hash(pw, s)), checkWith(p, s))
    }
  }
}

// @phc/pbkdf2
{
  const pb = (await load('@phc/pbkdf2')).default
  const by = ver('@phc/pbkdf2')
  const check = (pw, h) => pb.verify(h, pw)
  for (const digest of ['sha256', 'sha512']) {
    for (const pw of [PLAIN, UTF8]) await add(rows, `phc-pbkdf2-${digest}`, by, pw, await pb.hash(pw, { iterations: 1000, digest }), check)
    await add(rows, `phc-pbkdf2-${digest}`, by, PLAIN, await pb.hash(PLAIN, { digest }), check)
  }
  for (const pw of [PLAIN, UTF8]) await add(extra, 'phc-pbkdf2-sha1', by, pw, await pb.hash(pw, { iterations: 1000, digest: 'sha1' }), check)
}

// AdonisJS writes scrypt as $scrypt$n=N,r=..,p=..: n is N itself, not its logarithm
{
  const { Scrypt } = await loadEsm('@adonisjs/hash', 'build/src/drivers/scrypt.js')
  const by = ver('@adonisjs/hash')
  for (const [opts, pw] of [[{ cost: 16 }, PLAIN], [{ cost: 16 }, UTF8], [{}, PLAIN]]) {
    const s = new Scrypt(opts)
    await add(extra, 'adonisjs-scrypt', by, pw, await s.make(pw), (p, h) => s.verify(h, p))
  }
}

const q = f => /[",\r\n]/.test(f) ? `"${f.replaceAll('"', '""')}"` : f
for (const [file, list] of [[process.argv[2], rows], [process.argv[3], extra]]) {
  writeFileSync(file, list.map(r => r.map(q).join(',') + '\n').join(''))
  console.error(`${file}: ${list.length} rows, all verified`)
}
