// Run by make.sh in a folder that holds the packages: node make.cjs DEST
// NOT made by Google's service, which cannot be reached. The hashes come from the npm package
// firebase-scrypt; users.json is written by the code of "firebase auth:export" itself (firebase-tools),
// whose one HTTP request is answered here.
const { writeFileSync, createWriteStream } = require('node:fs')
const { createHash } = require('node:crypto')
const { join } = require('node:path')
const os = require('node:os')
const { FirebaseScrypt } = require('firebase-scrypt')
const { Client } = require('firebase-tools/lib/apiv2')
const { serialExportUsers } = require('firebase-tools/lib/accountExporter')

const dest = process.argv[2]
// a project's parameters, as the console shows them (those of the firebase/scrypt repository's sample)
const params = {
  algorithm: 'SCRYPT',
  base64_signer_key: 'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
  base64_salt_separator: 'Bw==',
  rounds: 8,
  mem_cost: 14
}
const scrypt = new FirebaseScrypt({
  memCost: params.mem_cost, rounds: params.rounds, saltSeparator: params.base64_salt_separator, signerKey: params.base64_signer_key
})
const urlsafe = s => s.replaceAll('+', '-').replaceAll('/', '_')   // as the service answers; the CLI turns it back
const bytes = (seed, n) => createHash('sha256').update(seed).digest().subarray(0, n)
const uid = seed => bytes('uid ' + seed, 21).toString('base64url')

const USERS = [
  ['user1@example.com', 'user1password', 'User One', { verified: true, salt: '42xEC+ixf3L2lw==' }],   // the published sample
  ['ada@example.com', 'exemplary', 'Ada Lovelace', { verified: true }],
  ['bjorn@example.com', 'pässwörd ☃', 'Björn Åkesson', {}],
  ['dmitri.ivanov@example.com', 'пароль из букв', 'Дмитрий Иванов', {}],
  ['erin@example.com', 'was switched off', 'Erin "Ex" Example', { disabled: true }],
  ['faruk@example.com', 'cafe\u0301 royal', undefined, {}],                                            // typed decomposed (NFD)
  ['google-only@example.com', null, 'Goo Gle', { verified: true, provider: 'google.com' }],
  [undefined, null, undefined, { phone: '+15555550100' }]                                              // signs in by telephone
]

async function main () {
  const t0 = Date.parse('2024-03-01T09:30:00Z')
  const users = []
  for (const [i, [email, password, displayName, x]] of USERS.entries()) {
    const u = {
      localId: uid(email ?? x.phone),
      email,
      emailVerified: !!x.verified,
      displayName,
      lastLoginAt: String(t0 + i * 86400000 + 3600123),
      createdAt: String(t0 + i * 86400000 + 123),
      phoneNumber: x.phone,
      disabled: x.disabled || undefined,
      providerUserInfo: []
    }
    if (password) {
      const salt = x.salt ?? bytes('salt ' + email, 10).toString('base64')
      const hash = await scrypt.hash(password, salt)
      if (!await scrypt.verify(password, salt, hash) || await scrypt.verify(password + '?', salt, hash)) throw new Error(email)
      if (email === 'user1@example.com' && hash !== 'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==') throw new Error('not the published hash')
      Object.assign(u, { passwordHash: urlsafe(hash), salt: urlsafe(salt), version: 0 })
      u.providerUserInfo.push({ providerId: 'password', rawId: email, email, displayName })   // the CLI leaves this one out
    }
    if (x.provider) u.providerUserInfo.push({ providerId: x.provider, rawId: '108500000000000000000', email, displayName })
    if (x.phone) u.providerUserInfo.push({ providerId: 'phone', rawId: x.phone })
    users.push(u)
  }

  Client.prototype.post = async () => ({ body: { users } })   // the service's answer to downloadAccount
  const writeStream = createWriteStream(join(dest, 'users.json'))
  writeStream.write('{"users": [' + os.EOL)                   // as commands/auth-export.js has it
  await serialExportUsers('demo-project', { format: 'json', writeStream, batchSize: 1000 })
  writeStream.end(']}')
  await new Promise(resolve => writeStream.on('finish', resolve))

  // what the console shows under "Password hash parameters"
  writeFileSync(join(dest, 'hash_config.txt'), 'hash_config {\n' + Object.entries(params).map(([k, v]) => `  ${k}: ${v},\n`).join('') + '}\n')
  const q = f => /[",\r\n]/.test(f) ? `"${f.replaceAll('"', '""')}"` : f
  writeFileSync(join(dest, 'passwords.csv'), [['email', 'password'], ...USERS.filter(u => u[0])]
    .map(([e, p]) => `${q(e)},${q(p ?? '')}\n`).join(''))
}
main()
