// Run by make.sh in a folder that holds the packages: node make.mjs DEST
// A better-auth server with e-mail and password, the admin plugin (bans) and SQLite.
import { writeFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { betterAuth } from 'better-auth'
import { admin } from 'better-auth/plugins'
import { getMigrations } from 'better-auth/db/migration'

const dest = process.argv[2]
rmSync(join(dest, 'app.db'), { force: true })
const db = new Database(join(dest, 'app.db'))
let mailed
const auth = betterAuth({
  database: db,
  baseURL: 'http://localhost:3000',
  secret: 'only-a-fixture-not-a-secret-of-anybody',
  emailAndPassword: { enabled: true },
  emailVerification: { sendVerificationEmail: async ({ token }) => { mailed = token } },
  telemetry: { enabled: false },
  plugins: [admin()]
})
await (await getMigrations(auth.options)).runMigrations()
const ctx = await auth.$context

const USERS = [
  ['ada@example.com', 'exemplary', 'Ada Lovelace', { role: 'admin', verified: true }],
  ['bjorn@example.com', 'pässwörd ☃', 'Björn Åkesson', {}],
  ['carol@example.com', 'correct horse battery staple', 'Carol "Caz" O\'Neil, PhD', { verified: true }],
  ['Dmitri.Ivanov@example.com', 'пароль из букв', 'Дмитрий Иванов', {}],        // stored in lower case
  ['erin@example.com', 'was switched off', 'Erin Example', { banned: true }],
  ['faruk@example.com', 'cafe\u0301 royal', 'Faruk', { verified: true }],           // typed decomposed (NFD)
  ['gina@example.com', 'ﬁne pässword', '', {}]                                     // with the ligature U+FB01
]
for (const [email, password, name, x] of USERS) {
  const { user } = await auth.api.signUpEmail({ body: { email, password, name } })
  if (x.verified) {
    await auth.api.sendVerificationEmail({ body: { email } })
    await auth.api.verifyEmail({ query: { token: mailed } })
  }
  if (x.role) await ctx.internalAdapter.updateUser(user.id, { role: x.role })
  if (x.banned) {
    const r = await auth.api.signInEmail({ body: { email: USERS[0][0], password: USERS[0][1] }, asResponse: true })
    const cookie = r.headers.getSetCookie().map(c => c.split(';')[0]).join('; ')
    await auth.api.banUser({ body: { userId: user.id, banReason: 'fixture' }, headers: new Headers({ cookie }) })
  }
}
// two without a password: one made by an administrator, one who came by GitHub
await auth.api.createUser({ body: { email: 'magic-link@example.com', name: 'Mag Link', role: 'user' } })
await ctx.internalAdapter.createOAuthUser(
  { email: 'github-only@example.com', name: 'Gi Thub', emailVerified: true },
  { providerId: 'github', accountId: '1234567' })

// every login, right and wrong; and what NFKC does
const signIn = (email, password) => auth.api.signInEmail({ body: { email, password }, asResponse: true }).then(r => r.status)
const expect = async (email, password, want) => {
  const got = await signIn(email, password)
  if (got !== want) throw new Error(`${email}: ${got}, expected ${want}`)
}
for (const [email, password, , x] of USERS) {
  await expect(email, password, x.banned ? 403 : 200)
  await expect(email, password + '?', 401)
}
await expect('gina@example.com', 'fine pässword', 200)
await expect('faruk@example.com', 'caf\u00e9 royal', 200)
await expect('magic-link@example.com', 'anything at all', 401)

const q = f => /[",\r\n]/.test(f) ? `"${f.replaceAll('"', '""')}"` : f
const list = [['email', 'password'], ...USERS.map(([e, p]) => [e.toLowerCase(), p]),   // as stored
  ['magic-link@example.com', ''], ['github-only@example.com', '']]
writeFileSync(join(dest, 'passwords.csv'), list.map(([e, p]) => `${q(e)},${q(p)}\n`).join(''))
db.exec('DELETE FROM session; VACUUM')
db.close()
