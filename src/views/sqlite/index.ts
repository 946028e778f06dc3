export { SqliteGenerations } from './SqliteGenerations.ts'
export { openSqliteViewReader, type ViewReaderOptions } from './SqliteViewReader.ts'
export { openSqliteViewWriter } from './SqliteViewWriter.ts'
