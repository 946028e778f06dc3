import { createServer } from 'node:http'
import { grafserv } from 'grafserv/node'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { jsonPgSmartTags } from 'postgraphile/utils'

/*
 * A peer for reads: what a team gets that puts PostGraphile over the very tables of the views, as its authors recommend it for
 * production: node serve.ts DATABASE SCHEMA. No keys, no tokens, no tenants. As many connections as a gateway has for reading.
 */
const [, , connectionString = '', schema = ''] = process.argv
const CONNECTIONS = 10

/** The tables have no foreign keys: this is how it is told what leads where. */
const relations = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      memberships: {
        tags: { foreignKey: ['(grp) references groups (num)', '(usr) references users (num)'] },
      },
    },
  },
})

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [relations],
  pgServices: [makePgService({ connectionString, schemas: [schema], poolConfig: { max: CONNECTIONS } })],
  grafserv: { watch: false, graphiql: false },
  grafast: { explain: false },
  // Lists cost it less than connections do.
  schema: { defaultBehavior: '+list' },
})
const answer = instance.createServ(grafserv).createHandler()
await instance.getSchema()

createServer((request, response) =>
  request.url === '/readyz' ? response.end() : answer(request, response),
).listen(Number(process.env.PORT), '127.0.0.1')
process.once('SIGTERM', () => process.exit())
