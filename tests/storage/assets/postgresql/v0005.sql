CREATE SCHEMA actsearch;
CREATE TABLE actsearch.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE actsearch.asked (
    number integer NOT NULL,
    job_id text NOT NULL,
    project text NOT NULL,
    token text NOT NULL,
    owner text NOT NULL,
    created text NOT NULL
);
CREATE SEQUENCE actsearch.asked_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE actsearch.asked_number_seq OWNED BY actsearch.asked.number;
CREATE TABLE actsearch.choices (
    key text NOT NULL,
    stacked integer NOT NULL,
    fused integer NOT NULL,
    sentence text NOT NULL,
    created text NOT NULL
);
CREATE TABLE actsearch.counts (
    job_id text NOT NULL,
    done integer NOT NULL,
    rejected integer NOT NULL,
    waiting integer NOT NULL,
    best double precision
);
CREATE TABLE actsearch.descriptions (
    number integer NOT NULL,
    place text NOT NULL,
    question text NOT NULL,
    module text NOT NULL,
    open integer NOT NULL,
    until double precision NOT NULL,
    owner text,
    attempt integer NOT NULL,
    losses integer NOT NULL,
    expires double precision,
    answer text,
    answered double precision
);
CREATE SEQUENCE actsearch.descriptions_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE actsearch.descriptions_number_seq OWNED BY actsearch.descriptions.number;
CREATE TABLE actsearch.evaluations (
    number integer NOT NULL,
    address text NOT NULL,
    key text NOT NULL,
    task_hash text NOT NULL,
    protocol_hash text NOT NULL,
    point text NOT NULL,
    seed text NOT NULL,
    text text NOT NULL,
    task text NOT NULL,
    protocol text NOT NULL,
    phase text NOT NULL,
    outcome text NOT NULL,
    sentence text NOT NULL,
    score double precision,
    metrics text NOT NULL,
    curves text NOT NULL,
    diagnostics text NOT NULL,
    wall_s double precision,
    step_s double precision,
    device text NOT NULL,
    code_version text NOT NULL,
    created text NOT NULL
);
CREATE SEQUENCE actsearch.evaluations_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE actsearch.evaluations_number_seq OWNED BY actsearch.evaluations.number;
CREATE TABLE actsearch.imported (
    study text NOT NULL,
    number integer NOT NULL,
    source text NOT NULL,
    key text NOT NULL,
    text text NOT NULL,
    choices text NOT NULL,
    outcome text NOT NULL,
    sentence text NOT NULL,
    value double precision,
    maximise integer NOT NULL,
    job_id text NOT NULL,
    place text NOT NULL,
    created text NOT NULL
);
CREATE TABLE actsearch.jobs (
    number integer NOT NULL,
    id text NOT NULL,
    task_hash text NOT NULL,
    spec text NOT NULL,
    state text NOT NULL,
    sentence text NOT NULL,
    created text NOT NULL,
    updated text NOT NULL,
    ran_s double precision DEFAULT '0'::double precision NOT NULL
);
CREATE SEQUENCE actsearch.jobs_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE actsearch.jobs_number_seq OWNED BY actsearch.jobs.number;
CREATE TABLE actsearch.late (
    number integer NOT NULL,
    job_id text NOT NULL,
    owner text NOT NULL,
    attempt integer NOT NULL,
    address text NOT NULL,
    evaluation text NOT NULL,
    created text NOT NULL
);
CREATE SEQUENCE actsearch.late_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE actsearch.late_number_seq OWNED BY actsearch.late.number;
CREATE TABLE actsearch.leases (
    number integer NOT NULL,
    job_id text NOT NULL,
    token text NOT NULL,
    priority integer NOT NULL,
    wish text NOT NULL,
    open integer NOT NULL,
    owner text,
    attempt integer NOT NULL,
    losses integer NOT NULL,
    expires double precision,
    beside integer DEFAULT 0 NOT NULL
);
CREATE SEQUENCE actsearch.leases_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE actsearch.leases_number_seq OWNED BY actsearch.leases.number;
CREATE TABLE actsearch.mirrored (
    uri text NOT NULL,
    job_id text NOT NULL,
    part text NOT NULL,
    remote text NOT NULL,
    sent text NOT NULL,
    updated text NOT NULL
);
CREATE TABLE actsearch.offers (
    number integer NOT NULL,
    job_id text NOT NULL,
    address text NOT NULL,
    company text NOT NULL,
    phase text NOT NULL,
    lane text NOT NULL,
    owner text,
    attempt integer NOT NULL,
    losses integer NOT NULL,
    taken double precision,
    expires double precision,
    reports text NOT NULL,
    outcome text,
    evaluation text
);
CREATE SEQUENCE actsearch.offers_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE actsearch.offers_number_seq OWNED BY actsearch.offers.number;
CREATE TABLE actsearch.proposals (
    job_id text NOT NULL,
    batch integer NOT NULL,
    index integer NOT NULL,
    key text NOT NULL,
    text text NOT NULL,
    choices text NOT NULL,
    outcome text,
    sentence text NOT NULL,
    score double precision
);
CREATE TABLE actsearch.ranks (
    task_hash text NOT NULL,
    key text NOT NULL,
    mean double precision NOT NULL,
    seeds integer NOT NULL,
    diverged integer NOT NULL,
    example integer NOT NULL
);
CREATE TABLE actsearch.shares (
    token text NOT NULL,
    running integer,
    open integer,
    served double precision NOT NULL,
    trials integer
);
CREATE TABLE actsearch.standings (
    job_id text NOT NULL,
    "position" integer NOT NULL,
    key text NOT NULL,
    text text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    protocol text NOT NULL,
    point text NOT NULL,
    seeds text NOT NULL,
    scores text NOT NULL,
    mean double precision,
    low double precision,
    high double precision,
    diverged integer NOT NULL,
    step_ratio double precision,
    weights bigint NOT NULL,
    verdicts text NOT NULL
);
CREATE TABLE actsearch.submissions (
    token text NOT NULL,
    key text NOT NULL,
    digest text NOT NULL,
    job_id text NOT NULL,
    created text NOT NULL
);
CREATE TABLE actsearch.tasks (
    number integer NOT NULL,
    hash text NOT NULL,
    name text NOT NULL,
    info text NOT NULL,
    created text NOT NULL
);
CREATE SEQUENCE actsearch.tasks_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE actsearch.tasks_number_seq OWNED BY actsearch.tasks.number;
CREATE TABLE actsearch.tokens (
    number integer NOT NULL,
    id text NOT NULL,
    digest text NOT NULL,
    name text NOT NULL,
    scope text NOT NULL,
    created text NOT NULL,
    expires double precision,
    revoked text,
    used double precision,
    project text
);
CREATE SEQUENCE actsearch.tokens_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE actsearch.tokens_number_seq OWNED BY actsearch.tokens.number;
ALTER TABLE ONLY actsearch.asked ALTER COLUMN number SET DEFAULT nextval('actsearch.asked_number_seq'::regclass);
ALTER TABLE ONLY actsearch.descriptions ALTER COLUMN number SET DEFAULT nextval('actsearch.descriptions_number_seq'::regclass);
ALTER TABLE ONLY actsearch.evaluations ALTER COLUMN number SET DEFAULT nextval('actsearch.evaluations_number_seq'::regclass);
ALTER TABLE ONLY actsearch.jobs ALTER COLUMN number SET DEFAULT nextval('actsearch.jobs_number_seq'::regclass);
ALTER TABLE ONLY actsearch.late ALTER COLUMN number SET DEFAULT nextval('actsearch.late_number_seq'::regclass);
ALTER TABLE ONLY actsearch.leases ALTER COLUMN number SET DEFAULT nextval('actsearch.leases_number_seq'::regclass);
ALTER TABLE ONLY actsearch.offers ALTER COLUMN number SET DEFAULT nextval('actsearch.offers_number_seq'::regclass);
ALTER TABLE ONLY actsearch.tasks ALTER COLUMN number SET DEFAULT nextval('actsearch.tasks_number_seq'::regclass);
ALTER TABLE ONLY actsearch.tokens ALTER COLUMN number SET DEFAULT nextval('actsearch.tokens_number_seq'::regclass);
INSERT INTO actsearch.alembic_version VALUES ('0005');
INSERT INTO actsearch.asked VALUES (1, '5f2a9c01d3e4', 'default', 'somebody', '', '2030-01-02T09:32:09.927351+00:00');
INSERT INTO actsearch.counts VALUES ('5f2a9c01d3e4', 1, 0, 1, 0.75);
INSERT INTO actsearch.evaluations VALUES (1, '50c1c7938fb17b45d32cf942fa68f108', 'aaaaaaaaaaaaaaaa', '0123456789abcdef', '290d2ac75212e588', '[["lr",0.01]]', '0', 'sin(x)', 'toy', '{"activation_lr":1.0,"batch":32,"derivatives":1,"dtype":"float32","epochs":5,"initialisation":"torch","inputs":"plain","numerics":1,"optimiser":"adam","phase":"search","schedule":"cosine","stacked":false,"standardise":true,"weight_decay":0.0}', 'search', 'ok', '5 epochs', 0.75, '{"val_accuracy":0.75,"val_loss":0.5}', '{"train_loss":[1.0,0.5,"inf"],"val_loss":[1.0,"nan"]}', '{"grad_norm.0":"nan","weights":4810}', 0.25, 0.001, 'cpu', '0.1.0', '2030-01-02T09:32:09.935534+00:00');
INSERT INTO actsearch.evaluations VALUES (2, 'd820c913124615bf78146aa38451d13e', 'bbbbbbbbbbbbbbbb', '0123456789abcdef', '290d2ac75212e588', '[["lr",0.01]]', '0', 'x^3', 'toy', '{"activation_lr":1.0,"batch":32,"derivatives":1,"dtype":"float32","epochs":5,"initialisation":"torch","inputs":"plain","numerics":1,"optimiser":"adam","phase":"search","schedule":"cosine","stacked":false,"standardise":true,"weight_decay":0.0}', 'search', 'diverged', 'the loss ceased to be finite in epoch 2; läuft über', NULL, '{}', '{}', '{}', 0, NULL, 'cpu', '', '2030-01-02T09:32:09.935585+00:00');
INSERT INTO actsearch.evaluations VALUES (3, '413a576309a651855cdb223d5678a683', 'aaaaaaaaaaaaaaaa', '0123456789abcdef', '6e0e90f051e4cfa5', '[["lr",0.01]]', '1180591620717411303424', 'sin(x)', 'toy', '{"activation_lr":1.0,"batch":32,"derivatives":1,"dtype":"float32","epochs":9,"initialisation":"torch","inputs":"plain","numerics":1,"optimiser":"adam","phase":"confirm","schedule":"cosine","stacked":false,"standardise":true,"weight_decay":0.0}', 'confirm', 'ok', '9 epochs', 0.8, '{"test_score":0.7}', '{}', '{}', 0, 0, 'cpu', '', '2030-01-02T09:32:09.935629+00:00');
INSERT INTO actsearch.jobs VALUES (1, '5f2a9c01d3e4', '0123456789abcdef', '{"seeds":1,"task":"toy","trials":2}', 'done', 'one function confirmed', '2030-01-02T09:32:09.927351+00:00', '2030-01-02T09:32:09.946460+00:00', 0);
INSERT INTO actsearch.late VALUES (1, '5f2a9c01d3e4', 'runner-1', 1, '50c1c7938fb17b45d32cf942fa68f108', '{"outcome":"ok","score":0.75}', '2030-01-02T09:32:10.000000+00:00');
INSERT INTO actsearch.leases VALUES (1, '5f2a9c01d3e4', 'somebody', 3, 'run', 0, NULL, 2, 0, NULL, 0);
INSERT INTO actsearch.mirrored VALUES ('sqlite:////data/mlflow.db', '5f2a9c01d3e4', '0f1e2d3c4b5a6978', '53afda6808de437093f5ced16bafddac', '{"files":{},"measures":2}', '2030-01-02T09:33:00.000000+00:00');
INSERT INTO actsearch.proposals VALUES ('5f2a9c01d3e4', 0, 0, 'aaaaaaaaaaaaaaaa', 'sin(x)', '{"0":"unary","0.0":"sin(x)"}', 'ok', '', 0.75);
INSERT INTO actsearch.proposals VALUES ('5f2a9c01d3e4', 0, 1, 'bbbbbbbbbbbbbbbb', 'x^3', '{"0":"unary","0.0":"x^3"}', NULL, '', NULL);
INSERT INTO actsearch.ranks VALUES ('0123456789abcdef', 'aaaaaaaaaaaaaaaa', 0.75, 1, 0, 1);
INSERT INTO actsearch.shares VALUES ('somebody', 2, NULL, 1893490380.5, NULL);
INSERT INTO actsearch.standings VALUES ('5f2a9c01d3e4', 0, 'aaaaaaaaaaaaaaaa', 'sin(x)', 'sin(x)', 'leader', '{"activation_lr":1.0,"batch":32,"derivatives":1,"dtype":"float32","epochs":9,"initialisation":"torch","inputs":"plain","numerics":1,"optimiser":"adam","phase":"confirm","schedule":"cosine","stacked":false,"standardise":true,"weight_decay":0.0}', '[["lr",0.01]]', '[10000,1180591620717411303424]', '[0.7,null]', 0.4, 0.3, 0.5, 1, 1.25, 4810, '[{"against":"relu","difference":-0.1,"high":0.0,"low":-0.2,"p":0.05,"word":"not distinguishable"}]');
INSERT INTO actsearch.submissions VALUES ('0a1b2c3d', 'first', '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', '5f2a9c01d3e4', '2030-01-02T09:32:10.000000+00:00');
INSERT INTO actsearch.tasks VALUES (1, '0123456789abcdef', 'toy', '{"baselines":[{"initialisation":"torch","inputs":"plain","name":"relu","text":"relu(x)"}],"chance":0.1,"confirm":{"activation_lr":1.0,"batch":32,"derivatives":1,"dtype":"float32","epochs":9,"initialisation":"torch","inputs":"plain","numerics":1,"optimiser":"adam","phase":"confirm","schedule":"cosine","stacked":false,"standardise":true,"weight_decay":0.0},"default":[["lr",0.01]],"description":"Nothing to learn.","grid":[[["lr",0.01]],[["lr",0.1]]],"hash":"0123456789abcdef","max_pieces":2,"name":"toy","score":"accuracy","search":{"activation_lr":1.0,"batch":32,"derivatives":1,"dtype":"float32","epochs":5,"initialisation":"torch","inputs":"plain","numerics":1,"optimiser":"adam","phase":"search","schedule":"cosine","stacked":false,"standardise":true,"weight_decay":0.0},"title":"A toy","unit":"%"}', '2030-01-02T09:32:09.927411+00:00');
INSERT INTO actsearch.tokens VALUES (1, '0a1b2c3d', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', 'laptop', 'submit', '2030-01-02T09:32:10.000000+00:00', NULL, NULL, 1893576730, NULL);
SELECT pg_catalog.setval('actsearch.asked_number_seq', 1, true);
SELECT pg_catalog.setval('actsearch.descriptions_number_seq', 1, false);
SELECT pg_catalog.setval('actsearch.evaluations_number_seq', 3, true);
SELECT pg_catalog.setval('actsearch.jobs_number_seq', 1, true);
SELECT pg_catalog.setval('actsearch.late_number_seq', 1, true);
SELECT pg_catalog.setval('actsearch.leases_number_seq', 1, true);
SELECT pg_catalog.setval('actsearch.offers_number_seq', 1, false);
SELECT pg_catalog.setval('actsearch.tasks_number_seq', 1, true);
SELECT pg_catalog.setval('actsearch.tokens_number_seq', 1, true);
ALTER TABLE ONLY actsearch.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY actsearch.asked
    ADD CONSTRAINT pk_asked PRIMARY KEY (number);
ALTER TABLE ONLY actsearch.choices
    ADD CONSTRAINT pk_choices PRIMARY KEY (key);
ALTER TABLE ONLY actsearch.counts
    ADD CONSTRAINT pk_counts PRIMARY KEY (job_id);
ALTER TABLE ONLY actsearch.descriptions
    ADD CONSTRAINT pk_descriptions PRIMARY KEY (number);
ALTER TABLE ONLY actsearch.evaluations
    ADD CONSTRAINT pk_evaluations PRIMARY KEY (number);
ALTER TABLE ONLY actsearch.imported
    ADD CONSTRAINT pk_imported PRIMARY KEY (study, number);
ALTER TABLE ONLY actsearch.jobs
    ADD CONSTRAINT pk_jobs PRIMARY KEY (number);
ALTER TABLE ONLY actsearch.late
    ADD CONSTRAINT pk_late PRIMARY KEY (number);
ALTER TABLE ONLY actsearch.leases
    ADD CONSTRAINT pk_leases PRIMARY KEY (number);
ALTER TABLE ONLY actsearch.mirrored
    ADD CONSTRAINT pk_mirrored PRIMARY KEY (uri, job_id, part);
ALTER TABLE ONLY actsearch.offers
    ADD CONSTRAINT pk_offers PRIMARY KEY (number);
ALTER TABLE ONLY actsearch.proposals
    ADD CONSTRAINT pk_proposals PRIMARY KEY (job_id, batch, index);
ALTER TABLE ONLY actsearch.ranks
    ADD CONSTRAINT pk_ranks PRIMARY KEY (task_hash, key);
ALTER TABLE ONLY actsearch.shares
    ADD CONSTRAINT pk_shares PRIMARY KEY (token);
ALTER TABLE ONLY actsearch.standings
    ADD CONSTRAINT pk_standings PRIMARY KEY (job_id, "position");
ALTER TABLE ONLY actsearch.submissions
    ADD CONSTRAINT pk_submissions PRIMARY KEY (token, key);
ALTER TABLE ONLY actsearch.tasks
    ADD CONSTRAINT pk_tasks PRIMARY KEY (number);
ALTER TABLE ONLY actsearch.tokens
    ADD CONSTRAINT pk_tokens PRIMARY KEY (number);
ALTER TABLE ONLY actsearch.asked
    ADD CONSTRAINT uq_asked_job_id_project_token UNIQUE (job_id, project, token);
ALTER TABLE ONLY actsearch.descriptions
    ADD CONSTRAINT uq_descriptions_place UNIQUE (place);
ALTER TABLE ONLY actsearch.evaluations
    ADD CONSTRAINT uq_evaluations_address UNIQUE (address);
ALTER TABLE ONLY actsearch.jobs
    ADD CONSTRAINT uq_jobs_id UNIQUE (id);
ALTER TABLE ONLY actsearch.late
    ADD CONSTRAINT uq_late_job_id_attempt_address UNIQUE (job_id, attempt, address);
ALTER TABLE ONLY actsearch.leases
    ADD CONSTRAINT uq_leases_job_id UNIQUE (job_id);
ALTER TABLE ONLY actsearch.offers
    ADD CONSTRAINT uq_offers_job_id_address UNIQUE (job_id, address);
ALTER TABLE ONLY actsearch.tasks
    ADD CONSTRAINT uq_tasks_hash UNIQUE (hash);
ALTER TABLE ONLY actsearch.tokens
    ADD CONSTRAINT uq_tokens_digest UNIQUE (digest);
ALTER TABLE ONLY actsearch.tokens
    ADD CONSTRAINT uq_tokens_id UNIQUE (id);
CREATE INDEX ix_asked_owner ON actsearch.asked USING btree (owner, job_id);
CREATE INDEX ix_asked_project ON actsearch.asked USING btree (project, job_id);
CREATE INDEX ix_descriptions_open ON actsearch.descriptions USING btree (open);
CREATE INDEX ix_evaluations_board ON actsearch.evaluations USING btree (task_hash, phase, key, protocol_hash, point, outcome, score);
CREATE INDEX ix_evaluations_key ON actsearch.evaluations USING btree (key);
CREATE INDEX ix_imported_key ON actsearch.imported USING btree (key);
CREATE INDEX ix_leases_open ON actsearch.leases USING btree (open, token);
CREATE INDEX ix_offers_open ON actsearch.offers USING btree (outcome, owner);
CREATE INDEX ix_proposals_counts ON actsearch.proposals USING btree (job_id, outcome, score);
CREATE INDEX ix_proposals_key ON actsearch.proposals USING btree (key, job_id);
CREATE INDEX ix_ranks_board ON actsearch.ranks USING btree (task_hash, mean, key);
CREATE INDEX ix_standings_key ON actsearch.standings USING btree (key);
CREATE INDEX ix_tasks_name ON actsearch.tasks USING btree (name);
ALTER TABLE ONLY actsearch.asked
    ADD CONSTRAINT fk_asked_job_id_jobs FOREIGN KEY (job_id) REFERENCES actsearch.jobs(id);
ALTER TABLE ONLY actsearch.counts
    ADD CONSTRAINT fk_counts_job_id_jobs FOREIGN KEY (job_id) REFERENCES actsearch.jobs(id);
ALTER TABLE ONLY actsearch.jobs
    ADD CONSTRAINT fk_jobs_task_hash_tasks FOREIGN KEY (task_hash) REFERENCES actsearch.tasks(hash);
ALTER TABLE ONLY actsearch.leases
    ADD CONSTRAINT fk_leases_job_id_jobs FOREIGN KEY (job_id) REFERENCES actsearch.jobs(id);
ALTER TABLE ONLY actsearch.mirrored
    ADD CONSTRAINT fk_mirrored_job_id_jobs FOREIGN KEY (job_id) REFERENCES actsearch.jobs(id);
ALTER TABLE ONLY actsearch.offers
    ADD CONSTRAINT fk_offers_job_id_jobs FOREIGN KEY (job_id) REFERENCES actsearch.jobs(id);
ALTER TABLE ONLY actsearch.proposals
    ADD CONSTRAINT fk_proposals_job_id_jobs FOREIGN KEY (job_id) REFERENCES actsearch.jobs(id);
ALTER TABLE ONLY actsearch.standings
    ADD CONSTRAINT fk_standings_job_id_jobs FOREIGN KEY (job_id) REFERENCES actsearch.jobs(id);
