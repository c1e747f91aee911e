BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0005');
CREATE TABLE asked (
	number INTEGER NOT NULL, 
	job_id TEXT NOT NULL, 
	project TEXT NOT NULL, 
	token TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	created TEXT NOT NULL, 
	CONSTRAINT pk_asked PRIMARY KEY (number), 
	CONSTRAINT uq_asked_job_id_project_token UNIQUE (job_id, project, token), 
	CONSTRAINT fk_asked_job_id_jobs FOREIGN KEY(job_id) REFERENCES jobs (id)
);
INSERT INTO "asked" VALUES(1,'5f2a9c01d3e4','default','somebody','','2030-01-02T09:32:09.927351+00:00');
CREATE TABLE choices (
	"key" TEXT NOT NULL, 
	stacked INTEGER NOT NULL, 
	fused INTEGER NOT NULL, 
	sentence TEXT NOT NULL, 
	created TEXT NOT NULL, 
	CONSTRAINT pk_choices PRIMARY KEY ("key")
);
CREATE TABLE counts (
	job_id TEXT NOT NULL, 
	done INTEGER NOT NULL, 
	rejected INTEGER NOT NULL, 
	waiting INTEGER NOT NULL, 
	best FLOAT, 
	CONSTRAINT pk_counts PRIMARY KEY (job_id), 
	CONSTRAINT fk_counts_job_id_jobs FOREIGN KEY(job_id) REFERENCES jobs (id)
);
INSERT INTO "counts" VALUES('5f2a9c01d3e4',1,0,1,0.75);
CREATE TABLE descriptions (
	number INTEGER NOT NULL, 
	place TEXT NOT NULL, 
	question TEXT NOT NULL, 
	module TEXT NOT NULL, 
	open INTEGER NOT NULL, 
	until DOUBLE NOT NULL, 
	owner TEXT, 
	attempt INTEGER NOT NULL, 
	losses INTEGER NOT NULL, 
	expires DOUBLE, 
	answer TEXT, 
	answered DOUBLE, 
	CONSTRAINT pk_descriptions PRIMARY KEY (number), 
	CONSTRAINT uq_descriptions_place UNIQUE (place)
);
CREATE TABLE evaluations (
	number INTEGER NOT NULL, 
	address TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	task_hash TEXT NOT NULL, 
	protocol_hash TEXT NOT NULL, 
	point TEXT NOT NULL, 
	seed TEXT NOT NULL, 
	text TEXT NOT NULL, 
	task TEXT NOT NULL, 
	protocol TEXT NOT NULL, 
	phase TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	sentence TEXT NOT NULL, 
	score FLOAT, 
	metrics TEXT NOT NULL, 
	curves TEXT NOT NULL, 
	diagnostics TEXT NOT NULL, 
	wall_s FLOAT, 
	step_s FLOAT, 
	device TEXT NOT NULL, 
	code_version TEXT NOT NULL, 
	created TEXT NOT NULL, 
	CONSTRAINT pk_evaluations PRIMARY KEY (number), 
	CONSTRAINT uq_evaluations_address UNIQUE (address)
);
INSERT INTO "evaluations" VALUES(1,'50c1c7938fb17b45d32cf942fa68f108','aaaaaaaaaaaaaaaa','0123456789abcdef','290d2ac75212e588','[["lr",0.01]]','0','sin(x)','toy','{"activation_lr":1.0,"batch":32,"derivatives":1,"dtype":"float32","epochs":5,"initialisation":"torch","inputs":"plain","numerics":1,"optimiser":"adam","phase":"search","schedule":"cosine","stacked":false,"standardise":true,"weight_decay":0.0}','search','ok','5 epochs',0.75,'{"val_accuracy":0.75,"val_loss":0.5}','{"train_loss":[1.0,0.5,"inf"],"val_loss":[1.0,"nan"]}','{"grad_norm.0":"nan","weights":4810}',0.25,0.001,'cpu','0.1.0','2030-01-02T09:32:09.935534+00:00');
INSERT INTO "evaluations" VALUES(2,'d820c913124615bf78146aa38451d13e','bbbbbbbbbbbbbbbb','0123456789abcdef','290d2ac75212e588','[["lr",0.01]]','0','x^3','toy','{"activation_lr":1.0,"batch":32,"derivatives":1,"dtype":"float32","epochs":5,"initialisation":"torch","inputs":"plain","numerics":1,"optimiser":"adam","phase":"search","schedule":"cosine","stacked":false,"standardise":true,"weight_decay":0.0}','search','diverged','the loss ceased to be finite in epoch 2; läuft über',NULL,'{}','{}','{}',0.0,NULL,'cpu','','2030-01-02T09:32:09.935585+00:00');
INSERT INTO "evaluations" VALUES(3,'413a576309a651855cdb223d5678a683','aaaaaaaaaaaaaaaa','0123456789abcdef','6e0e90f051e4cfa5','[["lr",0.01]]','1180591620717411303424','sin(x)','toy','{"activation_lr":1.0,"batch":32,"derivatives":1,"dtype":"float32","epochs":9,"initialisation":"torch","inputs":"plain","numerics":1,"optimiser":"adam","phase":"confirm","schedule":"cosine","stacked":false,"standardise":true,"weight_decay":0.0}','confirm','ok','9 epochs',0.8,'{"test_score":0.7}','{}','{}',0.0,0.0,'cpu','','2030-01-02T09:32:09.935629+00:00');
CREATE TABLE imported (
	study TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	text TEXT NOT NULL, 
	choices TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	sentence TEXT NOT NULL, 
	value FLOAT, 
	maximise INTEGER NOT NULL, 
	job_id TEXT NOT NULL, 
	place TEXT NOT NULL, 
	created TEXT NOT NULL, 
	CONSTRAINT pk_imported PRIMARY KEY (study, number)
);
CREATE TABLE jobs (
	number INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	task_hash TEXT NOT NULL, 
	spec TEXT NOT NULL, 
	state TEXT NOT NULL, 
	sentence TEXT NOT NULL, 
	created TEXT NOT NULL, 
	updated TEXT NOT NULL, ran_s DOUBLE DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_jobs PRIMARY KEY (number), 
	CONSTRAINT uq_jobs_id UNIQUE (id), 
	CONSTRAINT fk_jobs_task_hash_tasks FOREIGN KEY(task_hash) REFERENCES tasks (hash)
);
INSERT INTO "jobs" VALUES(1,'5f2a9c01d3e4','0123456789abcdef','{"seeds":1,"task":"toy","trials":2}','done','one function confirmed','2030-01-02T09:32:09.927351+00:00','2030-01-02T09:32:09.946460+00:00',0.0);
CREATE TABLE late (
	number INTEGER NOT NULL, 
	job_id TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	attempt INTEGER NOT NULL, 
	address TEXT NOT NULL, 
	evaluation TEXT NOT NULL, 
	created TEXT NOT NULL, 
	CONSTRAINT pk_late PRIMARY KEY (number), 
	CONSTRAINT uq_late_job_id_attempt_address UNIQUE (job_id, attempt, address)
);
INSERT INTO "late" VALUES(1,'5f2a9c01d3e4','runner-1',1,'50c1c7938fb17b45d32cf942fa68f108','{"outcome":"ok","score":0.75}','2030-01-02T09:32:10.000000+00:00');
CREATE TABLE leases (
	number INTEGER NOT NULL, 
	job_id TEXT NOT NULL, 
	token TEXT NOT NULL, 
	priority INTEGER NOT NULL, 
	wish TEXT NOT NULL, 
	open INTEGER NOT NULL, 
	owner TEXT, 
	attempt INTEGER NOT NULL, 
	losses INTEGER NOT NULL, 
	expires DOUBLE, beside INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_leases PRIMARY KEY (number), 
	CONSTRAINT uq_leases_job_id UNIQUE (job_id), 
	CONSTRAINT fk_leases_job_id_jobs FOREIGN KEY(job_id) REFERENCES jobs (id)
);
INSERT INTO "leases" VALUES(1,'5f2a9c01d3e4','somebody',3,'run',0,NULL,2,0,NULL,0);
CREATE TABLE mirrored (
	uri TEXT NOT NULL, 
	job_id TEXT NOT NULL, 
	part TEXT NOT NULL, 
	remote TEXT NOT NULL, 
	sent TEXT NOT NULL, 
	updated TEXT NOT NULL, 
	CONSTRAINT pk_mirrored PRIMARY KEY (uri, job_id, part), 
	CONSTRAINT fk_mirrored_job_id_jobs FOREIGN KEY(job_id) REFERENCES jobs (id)
);
INSERT INTO "mirrored" VALUES('sqlite:////data/mlflow.db','5f2a9c01d3e4','0f1e2d3c4b5a6978','53afda6808de437093f5ced16bafddac','{"files":{},"measures":2}','2030-01-02T09:33:00.000000+00:00');
CREATE TABLE offers (
	number INTEGER NOT NULL, 
	job_id TEXT NOT NULL, 
	address TEXT NOT NULL, 
	company TEXT NOT NULL, 
	phase TEXT NOT NULL, 
	lane TEXT NOT NULL, 
	owner TEXT, 
	attempt INTEGER NOT NULL, 
	losses INTEGER NOT NULL, 
	taken DOUBLE, 
	expires DOUBLE, 
	reports TEXT NOT NULL, 
	outcome TEXT, 
	evaluation TEXT, 
	CONSTRAINT pk_offers PRIMARY KEY (number), 
	CONSTRAINT uq_offers_job_id_address UNIQUE (job_id, address), 
	CONSTRAINT fk_offers_job_id_jobs FOREIGN KEY(job_id) REFERENCES jobs (id)
);
CREATE TABLE proposals (
	job_id TEXT NOT NULL, 
	batch INTEGER NOT NULL, 
	"index" INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	text TEXT NOT NULL, 
	choices TEXT NOT NULL, 
	outcome TEXT, 
	sentence TEXT NOT NULL, 
	score FLOAT, 
	CONSTRAINT pk_proposals PRIMARY KEY (job_id, batch, "index"), 
	CONSTRAINT fk_proposals_job_id_jobs FOREIGN KEY(job_id) REFERENCES jobs (id)
);
INSERT INTO "proposals" VALUES('5f2a9c01d3e4',0,0,'aaaaaaaaaaaaaaaa','sin(x)','{"0":"unary","0.0":"sin(x)"}','ok','',0.75);
INSERT INTO "proposals" VALUES('5f2a9c01d3e4',0,1,'bbbbbbbbbbbbbbbb','x^3','{"0":"unary","0.0":"x^3"}',NULL,'',NULL);
CREATE TABLE ranks (
	task_hash TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	mean DOUBLE NOT NULL, 
	seeds INTEGER NOT NULL, 
	diverged INTEGER NOT NULL, 
	example INTEGER NOT NULL, 
	CONSTRAINT pk_ranks PRIMARY KEY (task_hash, "key")
);
INSERT INTO "ranks" VALUES('0123456789abcdef','aaaaaaaaaaaaaaaa',0.75,1,0,1);
CREATE TABLE shares (
	token TEXT NOT NULL, 
	running INTEGER, 
	open INTEGER, 
	served DOUBLE NOT NULL, trials INTEGER, 
	CONSTRAINT pk_shares PRIMARY KEY (token)
);
INSERT INTO "shares" VALUES('somebody',2,NULL,1893490380.5,NULL);
CREATE TABLE standings (
	job_id TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	text TEXT NOT NULL, 
	name TEXT NOT NULL, 
	role TEXT NOT NULL, 
	protocol TEXT NOT NULL, 
	point TEXT NOT NULL, 
	seeds TEXT NOT NULL, 
	scores TEXT NOT NULL, 
	mean FLOAT, 
	low FLOAT, 
	high FLOAT, 
	diverged INTEGER NOT NULL, 
	step_ratio FLOAT, 
	weights BIGINT NOT NULL, 
	verdicts TEXT NOT NULL, 
	CONSTRAINT pk_standings PRIMARY KEY (job_id, position), 
	CONSTRAINT fk_standings_job_id_jobs FOREIGN KEY(job_id) REFERENCES jobs (id)
);
INSERT INTO "standings" VALUES('5f2a9c01d3e4',0,'aaaaaaaaaaaaaaaa','sin(x)','sin(x)','leader','{"activation_lr":1.0,"batch":32,"derivatives":1,"dtype":"float32","epochs":9,"initialisation":"torch","inputs":"plain","numerics":1,"optimiser":"adam","phase":"confirm","schedule":"cosine","stacked":false,"standardise":true,"weight_decay":0.0}','[["lr",0.01]]','[10000,1180591620717411303424]','[0.7,null]',0.4,0.3,0.5,1,1.25,4810,'[{"against":"relu","difference":-0.1,"high":0.0,"low":-0.2,"p":0.05,"word":"not distinguishable"}]');
CREATE TABLE submissions (
	token TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	job_id TEXT NOT NULL, 
	created TEXT NOT NULL, 
	CONSTRAINT pk_submissions PRIMARY KEY (token, "key")
);
INSERT INTO "submissions" VALUES('0a1b2c3d','first','44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a','5f2a9c01d3e4','2030-01-02T09:32:10.000000+00:00');
CREATE TABLE tasks (
	number INTEGER NOT NULL, 
	hash TEXT NOT NULL, 
	name TEXT NOT NULL, 
	info TEXT NOT NULL, 
	created TEXT NOT NULL, 
	CONSTRAINT pk_tasks PRIMARY KEY (number), 
	CONSTRAINT uq_tasks_hash UNIQUE (hash)
);
INSERT INTO "tasks" VALUES(1,'0123456789abcdef','toy','{"baselines":[{"initialisation":"torch","inputs":"plain","name":"relu","text":"relu(x)"}],"chance":0.1,"confirm":{"activation_lr":1.0,"batch":32,"derivatives":1,"dtype":"float32","epochs":9,"initialisation":"torch","inputs":"plain","numerics":1,"optimiser":"adam","phase":"confirm","schedule":"cosine","stacked":false,"standardise":true,"weight_decay":0.0},"default":[["lr",0.01]],"description":"Nothing to learn.","grid":[[["lr",0.01]],[["lr",0.1]]],"hash":"0123456789abcdef","max_pieces":2,"name":"toy","score":"accuracy","search":{"activation_lr":1.0,"batch":32,"derivatives":1,"dtype":"float32","epochs":5,"initialisation":"torch","inputs":"plain","numerics":1,"optimiser":"adam","phase":"search","schedule":"cosine","stacked":false,"standardise":true,"weight_decay":0.0},"title":"A toy","unit":"%"}','2030-01-02T09:32:09.927411+00:00');
CREATE TABLE tokens (
	number INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	name TEXT NOT NULL, 
	scope TEXT NOT NULL, 
	created TEXT NOT NULL, 
	expires DOUBLE, 
	revoked TEXT, 
	used DOUBLE, project TEXT, 
	CONSTRAINT pk_tokens PRIMARY KEY (number), 
	CONSTRAINT uq_tokens_id UNIQUE (id), 
	CONSTRAINT uq_tokens_digest UNIQUE (digest)
);
INSERT INTO "tokens" VALUES(1,'0a1b2c3d','9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08','laptop','submit','2030-01-02T09:32:10.000000+00:00',NULL,NULL,1893576730.0,NULL);
CREATE INDEX ix_tasks_name ON tasks (name);
CREATE INDEX ix_evaluations_board ON evaluations (task_hash, phase, "key", protocol_hash, point, outcome, score);
CREATE INDEX ix_evaluations_key ON evaluations ("key");
CREATE INDEX ix_standings_key ON standings ("key");
CREATE INDEX ix_leases_open ON leases (open, token);
CREATE INDEX ix_proposals_counts ON proposals (job_id, outcome, score);
CREATE INDEX ix_descriptions_open ON descriptions (open);
CREATE INDEX ix_offers_open ON offers (outcome, owner);
CREATE INDEX ix_asked_project ON asked (project, job_id);
CREATE INDEX ix_asked_owner ON asked (owner, job_id);
CREATE INDEX ix_proposals_key ON proposals ("key", job_id);
CREATE INDEX ix_ranks_board ON ranks (task_hash, mean, "key");
CREATE INDEX ix_imported_key ON imported ("key");
COMMIT;
