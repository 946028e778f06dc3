import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

/** What is published in schema/events/. */
const FOLDER = join(import.meta.dirname, '../../schema/events')

export interface PublishedSchema {
  readonly $id: string
  readonly required: readonly string[]
  readonly properties: Readonly<Record<string, { readonly properties?: object }>>
}

/** By the names of their files, without `.json`. */
export const published: ReadonlyMap<string, PublishedSchema> = new Map(
  readdirSync(FOLDER).map((file) => [
    file.replace(/\.json$/, ''),
    JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as PublishedSchema,
  ]),
)

const ajv = addFormats.default(new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true }))
ajv.addSchema([...published.values()])

/** Throws with what is wrong. */
export function validateEvent(value: unknown): void {
  const check = ajv.getSchema(published.get('event')?.$id ?? '')
  if (check === undefined) throw new Error('there is no schema of an event')
  if (check(value) !== true) throw new Error(ajv.errorsText(check.errors))
}
