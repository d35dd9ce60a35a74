// Delayed jobs of graphile-worker on the PostgreSQL named by PEER_POSTGRES_URL: how many are added a
// second, how many that are overdue are worked off a second, and how late those of a minute come.
// The jobs do nothing, which is the most favourable that can be measured.
//
//   node bench.mjs [JOBS]

import { run, runMigrations } from "graphile-worker";
import pg from "pg";

const JOBS = Number(process.argv[2] ?? 100_000);
const BATCH = 500;
const SPREAD_MS = 60_000;
// Its own recommendation for throughput: jobs fetched and completed in batches. By default it looks
// for jobs that have become due every two seconds; here it does so as often as it may hope to be on
// time.
const PRESET = {
  worker: {
    pollInterval: 100,
    concurrentJobs: 24,
    maxPoolSize: 10,
    localQueue: { size: BATCH },
    completeJobBatchDelay: 0,
    failJobBatchDelay: 0,
  },
};

const pool = new pg.Pool({ connectionString: process.env.PEER_POSTGRES_URL, max: 10 });
pool.on("error", (error) => { throw error; });
pool.on("connect", (client) => client.on("error", (error) => { throw error; }));
const rate = (count, ms) => `${Math.round((count * 1000) / ms)} a second (${(ms / 1000).toFixed(1)} s)`;

/** Adds every job, `BATCH` a transaction; `dueAt` says when each is due. */
async function add(dueAt) {
  const begun = performance.now();
  for (let first = 0; first < JOBS; first += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, JOBS - first) }, (_, index) => first + index);
    await pool.query(
      `select count(*) from graphile_worker.add_jobs(array(
         select json_populate_record(null::graphile_worker.job_spec, spec)
         from json_array_elements($1::json) as spec))`,
      [JSON.stringify(numbers.map((number) => ({
        identifier: "fire",
        payload: { number },
        run_at: new Date(dueAt(number)).toISOString(),
        max_attempts: 1,
      })))],
    );
  }
  return performance.now() - begun;
}

/** Runs until every job was worked off; answers how long that took and how late each job was. */
async function work() {
  const late = [];
  let done;
  const all = new Promise((resolve) => (done = resolve));
  const fire = (_payload, helpers) => {
    late.push(Date.now() - new Date(helpers.job.run_at).getTime());
    if (late.length === JOBS) done();
  };
  const begun = performance.now();
  const runner = await run({
    preset: PRESET,
    pgPool: pool,
    taskList: { fire },
    noHandleSignals: true,
    logger: quiet,
  });
  await all;
  const took = performance.now() - begun;
  await runner.stop();
  const { rows } = await pool.query("select count(*)::int as left from graphile_worker.jobs");
  if (rows[0].left !== 0) throw new Error(`${rows[0].left} jobs are left`);
  return { took, late: late.sort((one, other) => one - other) };
}

const { Logger } = await import("graphile-worker");
const quiet = new Logger(() => () => {});

await runMigrations({ preset: PRESET, pgPool: pool, logger: quiet });
const adding = await add(() => Date.now() - 3_600_000);
console.log(`graphile-worker, added: ${rate(JOBS, adding)}`);
const overdue = await work();
console.log(`graphile-worker, fired after an outage: ${rate(JOBS, overdue.took)}`);

const first = Date.now() + adding * 3 + 5_000;
await add((number) => first + (number * SPREAD_MS) / JOBS);
if (Date.now() >= first) throw new Error("added too slowly: jobs are due already");
const { late } = await work();
const at = (share) => (late[Math.ceil(late.length * share) - 1] / 1000).toFixed(3);
const within = (late.filter((ms) => ms <= 1000).length * 100) / late.length;
console.log(
  `graphile-worker, punctual: ${late.length} jobs within ${SPREAD_MS / 1000} s, ` +
    `${within.toFixed(3)}% within a second; late by ${at(0.5)} s (median), ${at(0.99)} s (99%), ` +
    `${at(0.999)} s (99.9%), ${at(1)} s (latest)`,
);
await pool.end();
