// compare.mjs FACTS.csv QUESTIONS.json puts each question to DuckDB in memory, as often as it says, and prints what each
// answer was and how many nanoseconds it took.
import { readFile } from 'node:fs/promises'
import { DuckDBInstance } from '@duckdb/node-api'

const [facts, file] = process.argv.slice(2)
const questions = JSON.parse(await readFile(file, 'utf8'))
const connection = await (await DuckDBInstance.create(':memory:')).connect()
await connection.run(`CREATE TABLE fact AS SELECT * FROM read_csv('${facts.replaceAll("'", "''")}', header = true,
  columns = {book: 'VARCHAR', measure: 'VARCHAR', place: 'VARCHAR', day: 'BIGINT', amount: 'BIGINT'})`)

const list = (words) => words.map((word) => `'${word.replaceAll("'", "''")}'`).join(', ')
const answers = []
for (const q of questions) {
  const prepared = await connection.prepare(`SELECT CAST(COALESCE(SUM(amount), 0) AS VARCHAR), CAST(COUNT(*) AS VARCHAR) FROM (
      SELECT measure, SUM(amount) AS amount, COUNT(*) AS n FROM fact
      WHERE book IN (${list(q.books)}) AND measure IN (${list(q.measures)}) AND place >= '${q.place}' AND place < '${q.place}~'
        AND day >= ${q.from} AND day <= ${q.to} GROUP BY measure)`)
  const took = []
  let amount
  for (let n = 0; n < q.times; n++) {
    const began = process.hrtime.bigint()
    amount = (await prepared.runAndReadAll()).getRows()[0][0]
    took.push(Number(process.hrtime.bigint() - began))
  }
  answers.push({ amount, took })
}
process.stdout.write(JSON.stringify(answers))
