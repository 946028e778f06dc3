/**
 * Makes the files that follow from others:
 *
 *   schema/schema.graphql    from the resolvers, as built: decorators need a compiler
 *   schema/events/*.json     from the form that others are told of events in
 *   src/client/generated.ts  from the schema, schema/operations/*.graphql and the error codes
 *
 * `npm run codegen` builds, then writes them; with `--check` nothing is written, and one that has drifted ends in exit code 1.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { codegen } from '@graphql-codegen/core'
import * as typedDocuments from '@graphql-codegen/typed-document-node'
import * as operationTypes from '@graphql-codegen/typescript-operations'
import { parse, Source } from 'graphql'

const root = import.meta.dirname
const OPERATIONS = join(root, 'schema', 'operations')

const schema = await printSchema()
const artifacts = [
  { path: join(root, 'schema', 'schema.graphql'), text: schema },
  { path: join(root, 'src', 'client', 'generated.ts'), text: await generateDocuments(schema) },
  ...(await eventSchemas()),
]

const checkOnly = process.argv.includes('--check')
for (const { path, text } of artifacts) {
  if ((await readFile(path, 'utf8').catch(() => '')) === text) continue
  if (checkOnly) {
    process.stderr.write(
      `${relative(root, path)} has drifted from its sources: run "npm run codegen" and commit it.\n`,
    )
    process.exitCode = 1
  } else {
    await writeFile(path, text)
    process.stdout.write(`${relative(root, path)} is new\n`)
  }
}

async function eventSchemas(): Promise<{ readonly path: string; readonly text: string }[]> {
  const built = join(root, 'dist', 'feed', 'publicSchemas.js')
  const { publicSchemas } = (await import(built)) as typeof import('./src/feed/publicSchemas.ts')
  return [...publicSchemas()].map(([name, schema]) => ({
    path: join(root, 'schema', 'events', `${name}.json`),
    text: `${JSON.stringify(schema, null, 2)}\n`,
  }))
}

async function printSchema(): Promise<string> {
  const built = join(root, 'dist', 'graphql', 'print.js')
  const { printedSchema } = (await import(built)) as typeof import('./src/graphql/print.ts')
  return printedSchema()
}

/** A typed document for every operation. Throws, with the place, for one that the schema does not permit. */
async function generateDocuments(sdl: string): Promise<string> {
  const names = (await readdir(OPERATIONS)).filter((name) => name.endsWith('.graphql')).sort()
  const documents = await Promise.all(
    names.map(async (name) => {
      const location = join(OPERATIONS, name)
      return { location, document: parse(new Source(await readFile(location, 'utf8'), location)) }
    }),
  )
  const text = await codegen({
    filename: 'generated.ts',
    schema: parse(sdl),
    documents,
    plugins: [{ operationTypes: {} }, { typedDocuments: {} }],
    pluginMap: { operationTypes, typedDocuments },
    config: {
      immutableTypes: true,
      useTypeImports: true,
      arrayInputCoercion: false,
      strictScalars: true,
      scalars: {
        ID: 'string',
        ConsistencyToken: 'string',
        Cursor: 'string',
        DateTime: 'string',
        JSONObject: 'Readonly<Record<string, unknown>>',
      },
    },
  })
  return `// Made by codegen.ts from schema/: edit that instead.\n${text}\n${await errorCodes()}`
}

async function errorCodes(): Promise<string> {
  const built = join(root, 'dist', 'domain', 'errors.js')
  const { ERROR_CODES } = (await import(built)) as typeof import('./src/domain/errors.ts')
  const codes = ERROR_CODES.map((code) => `\n  | '${code}'`).join('')
  return `/** What an error says in extensions.code. */\nexport type ErrorCode =${codes};\n`
}
