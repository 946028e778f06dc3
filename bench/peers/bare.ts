import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { userStatus } from '../../src/views/codes.ts'

/*
 * The limit: nothing between node:http and the statement, which reads one row of the same views. No GraphQL, no keys, no
 * tokens, no tenants but one. GET /user/ID and /userByEmail/ADDRESS answer with the JSON that the gateway would answer with.
 */
const [, , file = ''] = process.argv
const db = new DatabaseSync(file, { readOnly: true })
db.exec('PRAGMA cache_size = -32768')

const [tenant] = Object.values(db.prepare("SELECT num FROM tenants WHERE id = 'default'").get() ?? {})
const prepare = (condition: string) => {
  const statement = db.prepare(
    `SELECT e.id, e.username, e.email, e.name, e.status FROM users e WHERE e.tenant = ${tenant} AND ${condition}`,
  )
  statement.setReturnArrays(true)
  return statement
}
const STATEMENTS = new Map([
  ['user', prepare('e.id = ? AND e.shown > 0')],
  ['userByEmail', prepare('e.shown IN (1, 2) AND e.email_fold = ?')],
])

const server = createServer((request, response) => {
  const [, field = '', value = ''] = (request.url ?? '').split('/')
  const statement = STATEMENTS.get(field)
  if (statement === undefined) return response.writeHead(field === 'readyz' ? 200 : 404).end()
  const row = statement.get(value) as unknown as
    | [string, string, string | null, string | null, number]
    | undefined
  const body = JSON.stringify({ data: { [field]: row === undefined ? null : user(row) } })
  return response
    .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    .end(body)
})

const user = ([id, username, email, name, status]: [
  string,
  string,
  string | null,
  string | null,
  number,
]) => ({
  id,
  username,
  email,
  name,
  status: userStatus.name(status),
})

server.listen(Number(process.env.PORT), '127.0.0.1')
process.once('SIGTERM', () => process.exit())
