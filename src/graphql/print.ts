import { lexicographicSortSchema, printSchema } from 'graphql'
import { buildSchema } from './schema.ts'

/** The schema as schema/schema.graphql holds it: sorted, so that its differences are those of the API. */
export const printedSchema = (): string => `${printSchema(lexicographicSortSchema(buildSchema()))}\n`
