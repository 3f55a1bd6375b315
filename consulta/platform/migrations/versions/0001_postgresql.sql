CREATE TABLE staff (
    id SERIAL NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    organisation TEXT DEFAULT '' NOT NULL,
    role TEXT NOT NULL,
    language TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    second_factor TEXT,
    second_step INTEGER DEFAULT '0' NOT NULL,
    active BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_staff PRIMARY KEY (id),
    CONSTRAINT uq_staff_email UNIQUE (email),
    CONSTRAINT ck_staff_role CHECK (role IN ('reader', 'mail', 'secretariat', 'admin', 'scrutineer')),
    CONSTRAINT ck_staff_language CHECK (length(language) BETWEEN 2 AND 8)
)

CREATE TABLE organiser (
    id SERIAL NOT NULL,
    profile JSON NOT NULL,
    logo BYTEA,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_organiser PRIMARY KEY (id),
    CONSTRAINT ck_organiser_one CHECK (id = 1)
)

CREATE TABLE switches (
    name TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_switches PRIMARY KEY (name),
    CONSTRAINT ck_switches_name CHECK (name IN ('mail_paused', 'mail_restored'))
)

CREATE TABLE unused_parts (
    name TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_unused_parts PRIMARY KEY (name)
)

CREATE TABLE beats (
    name TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_beats PRIMARY KEY (name),
    CONSTRAINT ck_beats_name CHECK (name IN ('worker'))
)

CREATE TABLE retention_kinds (
    kind TEXT NOT NULL,
    days INTEGER NOT NULL,
    announced_at TIMESTAMP WITH TIME ZONE,
    begins_at TIMESTAMP WITH TIME ZONE,
    looked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_retention_kinds PRIMARY KEY (kind)
)

CREATE TABLE retention_runs (
    id SERIAL NOT NULL,
    kind TEXT NOT NULL,
    rows INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_retention_runs PRIMARY KEY (id)
)

CREATE TABLE retention_marks (
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_retention_marks PRIMARY KEY (kind, number)
)

CREATE TABLE log (
    seq INTEGER NOT NULL,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    details TEXT NOT NULL,
    previous TEXT NOT NULL,
    digest TEXT NOT NULL,
    nonce TEXT DEFAULT '' NOT NULL,
    outside TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_log PRIMARY KEY (seq),
    CONSTRAINT uq_log_previous UNIQUE (previous),
    CONSTRAINT uq_log_digest UNIQUE (digest)
)

CREATE INDEX ix_log_seals_of_people ON log (seq) WHERE (replace(details, '"contact.', '') <> details OR replace(details, '"staff.', '') <> details OR replace(details, '"passkey"', '') <> details OR replace(details, '"recovery"', '') <> details) AND action IN ('seals.began', 'seals.taken')

CREATE TABLE keys (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT pk_keys PRIMARY KEY (name),
    CONSTRAINT ck_keys_name CHECK (name IN ('seals'))
)

CREATE TABLE checkpoint_keys (
    id SERIAL NOT NULL,
    origin TEXT NOT NULL,
    key TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_checkpoint_keys PRIMARY KEY (id)
)

CREATE TABLE witnesses (
    id SERIAL NOT NULL,
    name TEXT NOT NULL,
    organisation TEXT NOT NULL,
    key TEXT NOT NULL,
    registered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_witnesses PRIMARY KEY (id),
    CONSTRAINT uq_witnesses_key UNIQUE (key)
)

CREATE TABLE organisations (
    id SERIAL NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    country VARCHAR(2) NOT NULL,
    categories JSON DEFAULT '{}' NOT NULL,
    base INTEGER NOT NULL,
    tags JSON NOT NULL,
    active BOOLEAN NOT NULL,
    web TEXT DEFAULT '' NOT NULL,
    member_since TEXT,
    example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_organisations PRIMARY KEY (id),
    CONSTRAINT uq_organisations_name_key_country UNIQUE (name_key, country),
    CONSTRAINT ck_organisations_base CHECK (base BETWEEN 1 AND 1000000)
)

CREATE TABLE import_answers (
    id SERIAL NOT NULL,
    kind TEXT NOT NULL,
    field TEXT NOT NULL,
    text TEXT NOT NULL,
    written TEXT NOT NULL,
    meaning TEXT NOT NULL,
    CONSTRAINT pk_import_answers PRIMARY KEY (id),
    CONSTRAINT uq_import_answers_kind_field_text UNIQUE (kind, field, text)
)

CREATE TABLE rounds (
    id SERIAL NOT NULL,
    key TEXT NOT NULL,
    title JSON DEFAULT '{}' NOT NULL,
    question JSON DEFAULT '{}' NOT NULL,
    state TEXT NOT NULL,
    secrecy TEXT NOT NULL,
    example BOOLEAN NOT NULL,
    zone TEXT NOT NULL,
    closes_local TEXT NOT NULL,
    closes_at TIMESTAMP WITH TIME ZONE NOT NULL,
    promised_at TIMESTAMP WITH TIME ZONE,
    opens_local TEXT,
    opens_at TIMESTAMP WITH TIME ZONE,
    opens_refused TEXT,
    opens_agreed BOOLEAN DEFAULT false NOT NULL,
    voters JSON DEFAULT '{}' NOT NULL,
    objection_hours INTEGER,
    rules JSON NOT NULL,
    panel_rules JSON NOT NULL,
    panel_version INTEGER,
    panel_named JSON,
    most_named JSON,
    panel_trial JSON,
    ballot_fields JSON DEFAULT '[]' NOT NULL,
    endorsements_apart BOOLEAN DEFAULT false NOT NULL,
    joined_below INTEGER,
    frozen TEXT,
    frozen_sha256 TEXT,
    organiser_name JSON DEFAULT '{}' NOT NULL,
    roll_shown TEXT,
    commitment TEXT,
    secret TEXT,
    public TEXT NOT NULL,
    public_source JSON DEFAULT '{}' NOT NULL,
    public_local TEXT DEFAULT '' NOT NULL,
    public_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    objections_until TIMESTAMP WITH TIME ZONE,
    effects_made BOOLEAN DEFAULT false NOT NULL,
    panel_effects_made BOOLEAN DEFAULT false NOT NULL,
    left_out INTEGER DEFAULT '0' NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE,
    result_seen_at TIMESTAMP WITH TIME ZONE,
    reopenings INTEGER DEFAULT '0' NOT NULL,
    void_until INTEGER DEFAULT '0' NOT NULL,
    CONSTRAINT pk_rounds PRIMARY KEY (id),
    CONSTRAINT uq_rounds_key UNIQUE (key),
    CONSTRAINT ck_rounds_state CHECK (state IN ('draft', 'open', 'closed', 'published', 'cancelled')),
    CONSTRAINT ck_rounds_secrecy CHECK (secrecy IN ('open', 'pseudonymous', 'aggregate'))
)

CREATE TABLE local_governments (
    id SERIAL NOT NULL,
    name TEXT NOT NULL,
    country VARCHAR(2),
    name_key TEXT NOT NULL,
    into_id INTEGER,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_local_governments PRIMARY KEY (id),
    CONSTRAINT uq_local_governments_name_key UNIQUE (name_key),
    CONSTRAINT fk_local_governments_into_id FOREIGN KEY(into_id) REFERENCES local_governments (id)
)

CREATE TABLE attempts (
    id SERIAL NOT NULL,
    subject_sha256 TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_attempts PRIMARY KEY (id)
)

CREATE INDEX ix_attempts_subject_sha256_at ON attempts (subject_sha256, at)

CREATE TABLE link_requests (
    id SERIAL NOT NULL,
    address TEXT NOT NULL,
    purpose TEXT DEFAULT 'vote' NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_link_requests PRIMARY KEY (id),
    CONSTRAINT ck_link_requests_purpose CHECK (purpose IN ('vote', 'own', 'follow_up'))
)

CREATE TABLE plain_texts (
    kind TEXT NOT NULL,
    language TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_plain_texts PRIMARY KEY (kind, language),
    CONSTRAINT ck_plain_texts_language CHECK (length(language) BETWEEN 2 AND 8)
)

CREATE TABLE document_jobs (
    id SERIAL NOT NULL,
    digest TEXT NOT NULL,
    shared BOOLEAN NOT NULL,
    said BYTEA NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    tries INTEGER NOT NULL,
    until TIMESTAMP WITH TIME ZONE,
    failed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_document_jobs PRIMARY KEY (id),
    CONSTRAINT uq_document_jobs_digest UNIQUE (digest)
)

CREATE TABLE made_documents (
    id SERIAL NOT NULL,
    digest TEXT NOT NULL,
    ending TEXT NOT NULL,
    shared BOOLEAN NOT NULL,
    content BYTEA NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_made_documents PRIMARY KEY (id),
    CONSTRAINT uq_made_documents_digest UNIQUE (digest)
)

CREATE TABLE data_files (
    sha256 TEXT NOT NULL,
    content BYTEA NOT NULL,
    CONSTRAINT pk_data_files PRIMARY KEY (sha256)
)

CREATE TABLE institutions (
    id SERIAL NOT NULL,
    kind TEXT NOT NULL,
    country VARCHAR(2) NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    person TEXT NOT NULL,
    role TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT NOT NULL,
    language TEXT NOT NULL,
    active BOOLEAN DEFAULT true NOT NULL,
    version INTEGER NOT NULL,
    example BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_institutions PRIMARY KEY (id),
    CONSTRAINT uq_institutions_kind_country_name_key UNIQUE (kind, country, name_key),
    CONSTRAINT ck_institutions_kind CHECK (kind IN ('government', 'local', 'agency')),
    CONSTRAINT ck_institutions_country CHECK (kind = 'agency' OR country <> ''),
    CONSTRAINT ck_institutions_language CHECK (length(language) BETWEEN 2 AND 8)
)

CREATE TABLE evidence (
    id SERIAL NOT NULL,
    name TEXT NOT NULL,
    media TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    content BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_evidence PRIMARY KEY (id)
)

CREATE INDEX ix_evidence_sha256 ON evidence (sha256)

CREATE TABLE passkeys (
    id SERIAL NOT NULL,
    staff_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    credential_id TEXT NOT NULL,
    credential TEXT NOT NULL,
    counter INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_passkeys PRIMARY KEY (id),
    CONSTRAINT uq_passkeys_credential_id UNIQUE (credential_id),
    CONSTRAINT fk_passkeys_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)

CREATE INDEX ix_passkeys_staff_id ON passkeys (staff_id)

CREATE TABLE recovery_codes (
    id SERIAL NOT NULL,
    staff_id INTEGER NOT NULL,
    code_sha256 TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_recovery_codes PRIMARY KEY (id),
    CONSTRAINT uq_recovery_codes_staff_id_code_sha256 UNIQUE (staff_id, code_sha256),
    CONSTRAINT fk_recovery_codes_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)

CREATE TABLE challenges (
    id SERIAL NOT NULL,
    token_sha256 TEXT NOT NULL,
    kind TEXT NOT NULL,
    staff_id INTEGER,
    state JSON NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_challenges PRIMARY KEY (id),
    CONSTRAINT uq_challenges_token_sha256 UNIQUE (token_sha256),
    CONSTRAINT fk_challenges_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)

CREATE TABLE pending_acts (
    id SERIAL NOT NULL,
    endpoint TEXT NOT NULL,
    path TEXT NOT NULL,
    fields JSON NOT NULL,
    state TEXT NOT NULL,
    staff_id INTEGER NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_by_id INTEGER,
    decided_at TIMESTAMP WITH TIME ZONE,
    reason TEXT NOT NULL,
    CONSTRAINT pk_pending_acts PRIMARY KEY (id),
    CONSTRAINT ck_pending_acts_state CHECK (state IN ('waiting', 'confirmed', 'refused', 'withdrawn')),
    CONSTRAINT fk_pending_acts_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id),
    CONSTRAINT fk_pending_acts_decided_by_id FOREIGN KEY(decided_by_id) REFERENCES staff (id)
)

CREATE TABLE practices (
    id SERIAL NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL,
    live BOOLEAN,
    title TEXT NOT NULL,
    asked JSON NOT NULL,
    staff_id INTEGER,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_practices PRIMARY KEY (id),
    CONSTRAINT uq_practices_key UNIQUE (key),
    CONSTRAINT uq_practices_live UNIQUE (live),
    CONSTRAINT ck_practices_state CHECK (state IN ('asked', 'ready', 'failed', 'deleted', 'gone')),
    CONSTRAINT ck_practices_live CHECK ((state IN ('asked', 'ready', 'failed')) = (live IS NOT NULL)),
    CONSTRAINT fk_practices_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)

CREATE TABLE settings (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    staff_id INTEGER,
    CONSTRAINT pk_settings PRIMARY KEY (name),
    CONSTRAINT fk_settings_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)

CREATE TABLE erasures (
    id SERIAL NOT NULL,
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE NOT NULL,
    staff_id INTEGER,
    CONSTRAINT pk_erasures PRIMARY KEY (id),
    CONSTRAINT uq_erasures_kind_number_made_at UNIQUE (kind, number, made_at),
    CONSTRAINT fk_erasures_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)

CREATE TABLE heads (
    id SERIAL NOT NULL,
    size INTEGER NOT NULL,
    root TEXT NOT NULL,
    peaks JSON NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    reason TEXT NOT NULL,
    round_id INTEGER,
    CONSTRAINT pk_heads PRIMARY KEY (id),
    CONSTRAINT ck_heads_reason CHECK (reason IN ('opening', 'daily', 'hourly', 'closing', 'publication')),
    CONSTRAINT fk_heads_round_id FOREIGN KEY(round_id) REFERENCES rounds (id)
)

CREATE TABLE contacts (
    id SERIAL NOT NULL,
    organisation_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT DEFAULT '' NOT NULL,
    language TEXT NOT NULL,
    may_vote BOOLEAN NOT NULL,
    active BOOLEAN NOT NULL,
    paused BOOLEAN DEFAULT false NOT NULL,
    bounced_at TIMESTAMP WITH TIME ZONE,
    bounce_reason TEXT,
    messages_to TEXT DEFAULT '' NOT NULL,
    messages_since TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    access_since TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_contacts PRIMARY KEY (id),
    CONSTRAINT uq_contacts_organisation_id_email UNIQUE (organisation_id, email),
    CONSTRAINT ck_contacts_language CHECK (length(language) BETWEEN 2 AND 8),
    CONSTRAINT fk_contacts_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisations (id)
)

CREATE INDEX ix_contacts_organisation_id ON contacts (organisation_id)

CREATE INDEX ix_contacts_email ON contacts (email)

CREATE TABLE applications (
    id SERIAL NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    other_names TEXT NOT NULL,
    country VARCHAR(2) NOT NULL,
    categories JSON NOT NULL,
    about TEXT NOT NULL,
    web TEXT NOT NULL,
    people JSON NOT NULL,
    email TEXT NOT NULL,
    language TEXT NOT NULL,
    criteria TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    reason TEXT NOT NULL,
    admitted_on TEXT,
    organisation_id INTEGER,
    staff_id INTEGER,
    example BOOLEAN DEFAULT false NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_applications PRIMARY KEY (id),
    CONSTRAINT ck_applications_state CHECK (state IN ('unconfirmed', 'sponsors', 'review', 'returned', 'admitted', 'declined', 'withdrawn')),
    CONSTRAINT ck_applications_language CHECK (length(language) BETWEEN 2 AND 8),
    CONSTRAINT ck_applications_admitted CHECK (state <> 'admitted' OR admitted_on IS NOT NULL),
    CONSTRAINT fk_applications_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisations (id),
    CONSTRAINT fk_applications_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)

CREATE INDEX ix_applications_organisation_id ON applications (organisation_id)

CREATE INDEX ix_applications_email ON applications (email)

CREATE INDEX ix_applications_name_key_country ON applications (name_key, country)

CREATE TABLE uploads (
    id SERIAL NOT NULL,
    kind TEXT NOT NULL,
    round_id INTEGER,
    staff_id INTEGER,
    filename TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    headings JSON NOT NULL,
    unread JSON DEFAULT '[]' NOT NULL,
    rows JSON NOT NULL,
    sheets JSON DEFAULT '[]' NOT NULL,
    meanings JSON DEFAULT '{}' NOT NULL,
    undo JSON,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    applied_at TIMESTAMP WITH TIME ZONE,
    undone_at TIMESTAMP WITH TIME ZONE,
    erased_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_uploads PRIMARY KEY (id),
    CONSTRAINT fk_uploads_round_id FOREIGN KEY(round_id) REFERENCES rounds (id),
    CONSTRAINT fk_uploads_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)

CREATE INDEX ix_uploads_round_id ON uploads (round_id)

CREATE TABLE themes (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    position INTEGER NOT NULL,
    title JSON DEFAULT '{}' NOT NULL,
    description JSON DEFAULT '{}' NOT NULL,
    objectives JSON NOT NULL,
    backing JSON DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_themes PRIMARY KEY (id),
    CONSTRAINT uq_themes_round_id_key UNIQUE (round_id, key),
    CONSTRAINT fk_themes_round_id FOREIGN KEY(round_id) REFERENCES rounds (id)
)

CREATE INDEX ix_themes_round_id ON themes (round_id)

CREATE TABLE nominees (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    organisation TEXT NOT NULL,
    role TEXT NOT NULL,
    country VARCHAR(2) NOT NULL,
    sector TEXT NOT NULL,
    gender TEXT,
    attributes JSON DEFAULT '{}' NOT NULL,
    language TEXT NOT NULL,
    email TEXT NOT NULL,
    topics JSON NOT NULL,
    recent INTEGER NOT NULL,
    support INTEGER,
    kind TEXT DEFAULT 'person' NOT NULL,
    delegate TEXT DEFAULT '' NOT NULL,
    languages JSON DEFAULT '[]' NOT NULL,
    address_form TEXT DEFAULT '' NOT NULL,
    post TEXT DEFAULT '' NOT NULL,
    given_name TEXT DEFAULT '' NOT NULL,
    family_name TEXT DEFAULT '' NOT NULL,
    phone TEXT DEFAULT '' NOT NULL,
    speaks_for JSON DEFAULT '[]' NOT NULL,
    about TEXT DEFAULT '' NOT NULL,
    consent_contact BOOLEAN DEFAULT false NOT NULL,
    consent_listed BOOLEAN DEFAULT false NOT NULL,
    consent_governments BOOLEAN DEFAULT false NOT NULL,
    government TEXT DEFAULT '' NOT NULL,
    origin TEXT DEFAULT 'secretariat' NOT NULL,
    on_ballot BOOLEAN DEFAULT true NOT NULL,
    outside JSON,
    example BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_nominees PRIMARY KEY (id),
    CONSTRAINT uq_nominees_round_id_key UNIQUE (round_id, key),
    CONSTRAINT ck_nominees_language CHECK (length(language) BETWEEN 2 AND 8),
    CONSTRAINT ck_nominees_recent CHECK (recent >= 0),
    CONSTRAINT ck_nominees_kind CHECK (kind IN ('person', 'institution')),
    CONSTRAINT ck_nominees_origin CHECK (origin IN ('secretariat', 'member', 'file', 'outside')),
    CONSTRAINT ck_nominees_support CHECK (support IS NULL OR support BETWEEN 0 AND 10000),
    CONSTRAINT fk_nominees_round_id FOREIGN KEY(round_id) REFERENCES rounds (id)
)

CREATE INDEX ix_nominees_round_id ON nominees (round_id)

CREATE TABLE seats (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    organisation_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    pseudonym TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    country VARCHAR(2) NOT NULL,
    categories JSON DEFAULT '{}' NOT NULL,
    base INTEGER NOT NULL,
    registered_at TIMESTAMP WITH TIME ZONE,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_seats PRIMARY KEY (id),
    CONSTRAINT uq_seats_round_id_key UNIQUE (round_id, key),
    CONSTRAINT uq_seats_round_id_organisation_id UNIQUE (round_id, organisation_id),
    CONSTRAINT fk_seats_round_id FOREIGN KEY(round_id) REFERENCES rounds (id),
    CONSTRAINT fk_seats_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisations (id)
)

CREATE INDEX ix_seats_round_id ON seats (round_id)

CREATE UNIQUE INDEX ix_seats_round_id_pseudonym ON seats (round_id, pseudonym)

CREATE TABLE proposing_phases (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    zone TEXT NOT NULL,
    opens_local TEXT,
    opens_at TIMESTAMP WITH TIME ZONE,
    closes_local TEXT NOT NULL,
    closes_at TIMESTAMP WITH TIME ZONE NOT NULL,
    promised_at TIMESTAMP WITH TIME ZONE,
    opened_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    end_reason TEXT NOT NULL,
    for_themes BOOLEAN NOT NULL,
    for_people BOOLEAN NOT NULL,
    shown TEXT NOT NULL,
    supports INTEGER NOT NULL,
    most INTEGER NOT NULL,
    rule TEXT NOT NULL,
    themes INTEGER NOT NULL,
    subregions INTEGER NOT NULL,
    choice JSON DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_proposing_phases PRIMARY KEY (id),
    CONSTRAINT ck_proposing_phases_asked CHECK (for_themes OR for_people),
    CONSTRAINT ck_proposing_phases_shown CHECK (shown IN ('at_once', 'at_end')),
    CONSTRAINT ck_proposing_phases_rule CHECK (rule IN ('support', 'secretariat')),
    CONSTRAINT ck_proposing_phases_supports CHECK (supports BETWEEN 0 AND 100),
    CONSTRAINT ck_proposing_phases_most CHECK (most BETWEEN 1 AND 20),
    CONSTRAINT fk_proposing_phases_round_id FOREIGN KEY(round_id) REFERENCES rounds (id)
)

CREATE INDEX ix_proposing_phases_round_id ON proposing_phases (round_id)

CREATE TABLE reason_codes (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    CONSTRAINT pk_reason_codes PRIMARY KEY (id),
    CONSTRAINT uq_reason_codes_round_id_name_key UNIQUE (round_id, name_key),
    CONSTRAINT fk_reason_codes_round_id FOREIGN KEY(round_id) REFERENCES rounds (id)
)

CREATE TABLE syntheses (
    round_id INTEGER NOT NULL,
    content JSON NOT NULL,
    CONSTRAINT pk_syntheses PRIMARY KEY (round_id),
    CONSTRAINT fk_syntheses_round_id FOREIGN KEY(round_id) REFERENCES rounds (id)
)

CREATE TABLE synthesis_versions (
    round_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    content TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_synthesis_versions PRIMARY KEY (round_id, version),
    CONSTRAINT fk_synthesis_versions_round_id FOREIGN KEY(round_id) REFERENCES rounds (id)
)

CREATE TABLE questions (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    text JSON DEFAULT '{}' NOT NULL,
    help JSON DEFAULT '{}' NOT NULL,
    required BOOLEAN DEFAULT false NOT NULL,
    details JSON DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_questions PRIMARY KEY (id),
    CONSTRAINT uq_questions_round_id_key UNIQUE (round_id, key),
    CONSTRAINT ck_questions_kind CHECK (kind IN ('one', 'several', 'scale', 'number', 'text', 'governments')),
    CONSTRAINT fk_questions_round_id FOREIGN KEY(round_id) REFERENCES rounds (id)
)

CREATE INDEX ix_questions_round_id ON questions (round_id)

CREATE TABLE question_figures (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    content TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_question_figures PRIMARY KEY (id),
    CONSTRAINT uq_question_figures_round_id UNIQUE (round_id),
    CONSTRAINT fk_question_figures_round_id FOREIGN KEY(round_id) REFERENCES rounds (id)
)

CREATE TABLE scrutineers (
    round_id INTEGER NOT NULL,
    staff_id INTEGER NOT NULL,
    appointed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_scrutineers PRIMARY KEY (round_id, staff_id),
    CONSTRAINT fk_scrutineers_round_id FOREIGN KEY(round_id) REFERENCES rounds (id),
    CONSTRAINT fk_scrutineers_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)

CREATE INDEX ix_scrutineers_staff_id ON scrutineers (staff_id)

CREATE TABLE mail_texts (
    round_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    language TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_mail_texts PRIMARY KEY (round_id, kind, language),
    CONSTRAINT ck_mail_texts_language CHECK (length(language) BETWEEN 2 AND 8),
    CONSTRAINT fk_mail_texts_round_id FOREIGN KEY(round_id) REFERENCES rounds (id)
)

CREATE TABLE text_versions (
    id SERIAL NOT NULL,
    round_id INTEGER,
    kind TEXT NOT NULL,
    language TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    staff_id INTEGER,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_text_versions PRIMARY KEY (id),
    CONSTRAINT ck_text_versions_language CHECK (length(language) BETWEEN 2 AND 8),
    CONSTRAINT fk_text_versions_round_id FOREIGN KEY(round_id) REFERENCES rounds (id),
    CONSTRAINT fk_text_versions_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)

CREATE INDEX ix_text_versions_round_id ON text_versions (round_id)

CREATE TABLE reminders (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    local TEXT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    queued INTEGER,
    CONSTRAINT pk_reminders PRIMARY KEY (id),
    CONSTRAINT uq_reminders_round_id_due_at UNIQUE (round_id, due_at),
    CONSTRAINT fk_reminders_round_id FOREIGN KEY(round_id) REFERENCES rounds (id)
)

CREATE TABLE documents (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    content TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_documents PRIMARY KEY (id),
    CONSTRAINT uq_documents_round_id_kind_version UNIQUE (round_id, kind, version),
    CONSTRAINT ck_documents_kind CHECK (kind IN ('bundle', 'result', 'unweighted', 'panel', 'public', 'archive', 'factsheet', 'robustness', 'summary')),
    CONSTRAINT fk_documents_round_id FOREIGN KEY(round_id) REFERENCES rounds (id)
)

CREATE INDEX ix_documents_round_id ON documents (round_id)

CREATE TABLE data_packages (
    id SERIAL NOT NULL,
    kind TEXT NOT NULL,
    round_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    title JSON NOT NULL,
    example BOOLEAN NOT NULL,
    files JSON NOT NULL,
    stamp TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_data_packages PRIMARY KEY (id),
    CONSTRAINT uq_data_packages_kind_round_id_version UNIQUE (kind, round_id, version),
    CONSTRAINT fk_data_packages_round_id FOREIGN KEY(round_id) REFERENCES rounds (id)
)

CREATE INDEX ix_data_packages_sha256 ON data_packages (sha256)

CREATE INDEX ix_data_packages_round_id ON data_packages (round_id)

CREATE TABLE replaced_versions (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    what TEXT NOT NULL,
    version INTEGER NOT NULL,
    by_version INTEGER NOT NULL,
    reason JSON NOT NULL,
    staff_id INTEGER,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_replaced_versions PRIMARY KEY (id),
    CONSTRAINT uq_replaced_versions_round_id_what_by_version UNIQUE (round_id, what, by_version),
    CONSTRAINT ck_replaced_versions_what CHECK (what IN ('panel', 'figures')),
    CONSTRAINT ck_replaced_versions_later CHECK (by_version > version),
    CONSTRAINT fk_replaced_versions_round_id FOREIGN KEY(round_id) REFERENCES rounds (id),
    CONSTRAINT fk_replaced_versions_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)

CREATE INDEX ix_replaced_versions_round_id ON replaced_versions (round_id)

CREATE TABLE panel_presets (
    id SERIAL NOT NULL,
    name_key TEXT NOT NULL,
    title JSON DEFAULT '{}' NOT NULL,
    rules JSON NOT NULL,
    staff_id INTEGER,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_panel_presets PRIMARY KEY (id),
    CONSTRAINT uq_panel_presets_name_key UNIQUE (name_key),
    CONSTRAINT fk_panel_presets_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)

CREATE TABLE dialogues (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    title JSON DEFAULT '{}' NOT NULL,
    zone TEXT NOT NULL,
    starts_local TEXT NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_local TEXT NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    place JSON DEFAULT '{}' NOT NULL,
    links JSON NOT NULL,
    agenda JSON DEFAULT '{}' NOT NULL,
    topics JSON NOT NULL,
    answer_by TEXT DEFAULT '' NOT NULL,
    uid TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    cancelled BOOLEAN NOT NULL,
    factsheet JSON NOT NULL,
    factsheet_version INTEGER,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_dialogues PRIMARY KEY (id),
    CONSTRAINT uq_dialogues_round_id UNIQUE (round_id),
    CONSTRAINT uq_dialogues_uid UNIQUE (uid),
    CONSTRAINT ck_dialogues_ends CHECK (ends_at > starts_at),
    CONSTRAINT ck_dialogues_sequence CHECK (sequence >= 0),
    CONSTRAINT fk_dialogues_round_id FOREIGN KEY(round_id) REFERENCES rounds (id)
)

CREATE TABLE evaluations (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    questions JSON NOT NULL,
    closes_at TIMESTAMP WITH TIME ZONE,
    opened_at TIMESTAMP WITH TIME ZONE,
    figures TEXT,
    sha256 TEXT,
    published_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_evaluations PRIMARY KEY (id),
    CONSTRAINT uq_evaluations_round_id UNIQUE (round_id),
    CONSTRAINT ck_evaluations_version CHECK (version > 0),
    CONSTRAINT ck_evaluations_opened CHECK (opened_at IS NULL OR closes_at IS NOT NULL),
    CONSTRAINT ck_evaluations_published CHECK (published_at IS NULL OR figures IS NOT NULL),
    CONSTRAINT fk_evaluations_round_id FOREIGN KEY(round_id) REFERENCES rounds (id)
)

CREATE TABLE agreements (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    version INTEGER NOT NULL,
    text JSON DEFAULT '{}' NOT NULL,
    responsible TEXT NOT NULL,
    due TEXT,
    done_on TEXT,
    removed BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_agreements PRIMARY KEY (id),
    CONSTRAINT uq_agreements_round_id_number UNIQUE (round_id, number),
    CONSTRAINT ck_agreements_number CHECK (number > 0),
    CONSTRAINT ck_agreements_version CHECK (version > 0),
    CONSTRAINT fk_agreements_round_id FOREIGN KEY(round_id) REFERENCES rounds (id)
)

CREATE TABLE minutes_versions (
    round_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    content TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_minutes_versions PRIMARY KEY (round_id, version),
    CONSTRAINT fk_minutes_versions_round_id FOREIGN KEY(round_id) REFERENCES rounds (id)
)

CREATE TABLE follow_up_rhythms (
    round_id INTEGER NOT NULL,
    first_months INTEGER NOT NULL,
    every_months INTEGER NOT NULL,
    answer_days INTEGER NOT NULL,
    remind_days JSON NOT NULL,
    CONSTRAINT pk_follow_up_rhythms PRIMARY KEY (round_id),
    CONSTRAINT ck_follow_up_rhythms_first CHECK (first_months BETWEEN 1 AND 12),
    CONSTRAINT ck_follow_up_rhythms_every CHECK (every_months BETWEEN 2 AND 24),
    CONSTRAINT ck_follow_up_rhythms_answer CHECK (answer_days BETWEEN 7 AND 90),
    CONSTRAINT fk_follow_up_rhythms_round_id FOREIGN KEY(round_id) REFERENCES rounds (id)
)

CREATE TABLE follow_up_calls (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    due_on TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    answer_by TEXT NOT NULL,
    remind_on JSON NOT NULL,
    reminded JSON NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    staff_id INTEGER,
    CONSTRAINT pk_follow_up_calls PRIMARY KEY (id),
    CONSTRAINT uq_follow_up_calls_round_id_number UNIQUE (round_id, number),
    CONSTRAINT ck_follow_up_calls_state CHECK (state IN ('planned', 'sent', 'skipped')),
    CONSTRAINT fk_follow_up_calls_round_id FOREIGN KEY(round_id) REFERENCES rounds (id),
    CONSTRAINT fk_follow_up_calls_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)

CREATE TABLE checkpoints (
    id SERIAL NOT NULL,
    head_id INTEGER NOT NULL,
    key_id INTEGER NOT NULL,
    size INTEGER NOT NULL,
    note TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    log_size INTEGER NOT NULL,
    CONSTRAINT pk_checkpoints PRIMARY KEY (id),
    CONSTRAINT uq_checkpoints_head_id UNIQUE (head_id),
    CONSTRAINT uq_checkpoints_size UNIQUE (size),
    CONSTRAINT fk_checkpoints_head_id FOREIGN KEY(head_id) REFERENCES heads (id),
    CONSTRAINT fk_checkpoints_key_id FOREIGN KEY(key_id) REFERENCES checkpoint_keys (id)
)

CREATE TABLE sponsorships (
    id SERIAL NOT NULL,
    application_id INTEGER NOT NULL,
    organisation_id INTEGER NOT NULL,
    state TEXT NOT NULL,
    contact_id INTEGER,
    note TEXT NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sponsorships PRIMARY KEY (id),
    CONSTRAINT uq_sponsorships_application_id_organisation_id UNIQUE (application_id, organisation_id),
    CONSTRAINT ck_sponsorships_state CHECK (state IN ('named', 'asked', 'confirmed', 'refused', 'replaced')),
    CONSTRAINT fk_sponsorships_application_id FOREIGN KEY(application_id) REFERENCES applications (id),
    CONSTRAINT fk_sponsorships_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisations (id),
    CONSTRAINT fk_sponsorships_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id)
)

CREATE INDEX ix_sponsorships_organisation_id ON sponsorships (organisation_id)

CREATE TABLE corrections (
    id SERIAL NOT NULL,
    organisation_id INTEGER NOT NULL,
    asked_by_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    contact_id INTEGER,
    said JSON NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    staff_id INTEGER,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_corrections PRIMARY KEY (id),
    CONSTRAINT ck_corrections_kind CHECK (kind IN ('categories', 'address', 'added', 'off', 'objection')),
    CONSTRAINT ck_corrections_state CHECK (state IN ('waiting', 'accepted', 'declined', 'withdrawn')),
    CONSTRAINT fk_corrections_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisations (id),
    CONSTRAINT fk_corrections_asked_by_id FOREIGN KEY(asked_by_id) REFERENCES contacts (id),
    CONSTRAINT fk_corrections_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id),
    CONSTRAINT fk_corrections_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)

CREATE INDEX ix_corrections_asked_by_id ON corrections (asked_by_id)

CREATE INDEX ix_corrections_organisation_id ON corrections (organisation_id)

CREATE TABLE focal_points (
    id SERIAL NOT NULL,
    organisation_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    country TEXT NOT NULL,
    place TEXT NOT NULL,
    territory TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT NOT NULL,
    language TEXT NOT NULL,
    starts TEXT,
    ends TEXT,
    state TEXT NOT NULL,
    shows TEXT NOT NULL,
    version INTEGER NOT NULL,
    reason TEXT NOT NULL,
    replaces_id INTEGER,
    named_by_id INTEGER,
    staff_id INTEGER,
    named_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    answered_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_focal_points PRIMARY KEY (id),
    CONSTRAINT ck_focal_points_kind CHECK (kind IN ('state', 'place')),
    CONSTRAINT ck_focal_points_state CHECK (state IN ('named', 'asked', 'accepted', 'replaced', 'declined', 'refused', 'withdrawn', 'ended')),
    CONSTRAINT ck_focal_points_shows CHECK (shows IN ('unlisted', 'name', 'email', 'both')),
    CONSTRAINT ck_focal_points_language CHECK (length(language) BETWEEN 2 AND 8),
    CONSTRAINT ck_focal_points_term CHECK (ends >= starts),
    CONSTRAINT fk_focal_points_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisations (id),
    CONSTRAINT fk_focal_points_replaces_id FOREIGN KEY(replaces_id) REFERENCES focal_points (id),
    CONSTRAINT fk_focal_points_named_by_id FOREIGN KEY(named_by_id) REFERENCES contacts (id),
    CONSTRAINT fk_focal_points_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)

CREATE INDEX ix_focal_points_territory ON focal_points (territory)

CREATE INDEX ix_focal_points_organisation_id ON focal_points (organisation_id)

CREATE TABLE nominations (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    organisation_id INTEGER,
    contact_id INTEGER,
    said JSON NOT NULL,
    state TEXT NOT NULL,
    nominee_id INTEGER,
    into_id INTEGER,
    reason TEXT NOT NULL,
    proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_nominations PRIMARY KEY (id),
    CONSTRAINT ck_nominations_state CHECK (state IN ('waiting', 'admitted', 'declined', 'merged')),
    CONSTRAINT ck_nominations_nominee CHECK (state IN ('admitted', 'merged') OR nominee_id IS NULL),
    CONSTRAINT fk_nominations_round_id FOREIGN KEY(round_id) REFERENCES rounds (id),
    CONSTRAINT fk_nominations_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisations (id),
    CONSTRAINT fk_nominations_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id),
    CONSTRAINT fk_nominations_nominee_id FOREIGN KEY(nominee_id) REFERENCES nominees (id),
    CONSTRAINT fk_nominations_into_id FOREIGN KEY(into_id) REFERENCES nominations (id)
)

CREATE INDEX ix_nominations_round_id ON nominations (round_id)

CREATE INDEX ix_nominations_nominee_id ON nominations (nominee_id)

CREATE TABLE ballots (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    seat_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    contact_id INTEGER,
    ranking JSON NOT NULL,
    objectives JSON NOT NULL,
    endorsements JSON NOT NULL,
    endorsements_sealed BOOLEAN DEFAULT false NOT NULL,
    fields JSON DEFAULT '{}' NOT NULL,
    fields_sealed JSON DEFAULT '{}' NOT NULL,
    shown JSON NOT NULL,
    content_sha256 TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    receipt TEXT NOT NULL,
    head TEXT NOT NULL,
    assisted BOOLEAN DEFAULT false NOT NULL,
    young BOOLEAN DEFAULT false NOT NULL,
    abstains BOOLEAN DEFAULT false NOT NULL,
    cast_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_ballots PRIMARY KEY (id),
    CONSTRAINT uq_ballots_seat_id_version UNIQUE (seat_id, version),
    CONSTRAINT uq_ballots_seat_id_idempotency_key_content_sha256 UNIQUE (seat_id, idempotency_key, content_sha256),
    CONSTRAINT uq_ballots_receipt UNIQUE (receipt),
    CONSTRAINT ck_ballots_assisted CHECK (NOT assisted OR contact_id IS NULL),
    CONSTRAINT fk_ballots_round_id FOREIGN KEY(round_id) REFERENCES rounds (id),
    CONSTRAINT fk_ballots_seat_id FOREIGN KEY(seat_id) REFERENCES seats (id),
    CONSTRAINT fk_ballots_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id)
)

CREATE INDEX ix_ballots_round_id ON ballots (round_id)

CREATE TABLE theme_proposals (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    reference TEXT NOT NULL,
    organisation_id INTEGER NOT NULL,
    contact_id INTEGER,
    language TEXT NOT NULL,
    title JSON DEFAULT '{}' NOT NULL,
    why JSON DEFAULT '{}' NOT NULL,
    objectives JSON NOT NULL,
    countries JSON DEFAULT '[]' NOT NULL,
    populations JSON DEFAULT '[]' NOT NULL,
    state TEXT NOT NULL,
    reason JSON DEFAULT '{}' NOT NULL,
    not_taken JSON DEFAULT '{}' NOT NULL,
    question TEXT DEFAULT '' NOT NULL,
    answer TEXT DEFAULT '' NOT NULL,
    into_id INTEGER,
    part_of_id INTEGER,
    theme_id INTEGER,
    proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_theme_proposals PRIMARY KEY (id),
    CONSTRAINT uq_theme_proposals_round_id_number UNIQUE (round_id, number),
    CONSTRAINT uq_theme_proposals_reference UNIQUE (reference),
    CONSTRAINT ck_theme_proposals_language CHECK (length(language) BETWEEN 2 AND 8),
    CONSTRAINT ck_theme_proposals_state CHECK (state IN ('submitted', 'returned', 'admitted', 'declined', 'merged', 'split', 'withdrawn')),
    CONSTRAINT ck_theme_proposals_into CHECK ((state = 'merged') = (into_id IS NOT NULL)),
    CONSTRAINT fk_theme_proposals_round_id FOREIGN KEY(round_id) REFERENCES rounds (id),
    CONSTRAINT fk_theme_proposals_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisations (id),
    CONSTRAINT fk_theme_proposals_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id),
    CONSTRAINT fk_theme_proposals_into_id FOREIGN KEY(into_id) REFERENCES theme_proposals (id),
    CONSTRAINT fk_theme_proposals_part_of_id FOREIGN KEY(part_of_id) REFERENCES theme_proposals (id),
    CONSTRAINT fk_theme_proposals_theme_id FOREIGN KEY(theme_id) REFERENCES themes (id) ON DELETE SET NULL
)

CREATE INDEX ix_theme_proposals_theme_id ON theme_proposals (theme_id)

CREATE INDEX ix_theme_proposals_into_id ON theme_proposals (into_id)

CREATE INDEX ix_theme_proposals_organisation_id ON theme_proposals (organisation_id)

CREATE INDEX ix_theme_proposals_part_of_id ON theme_proposals (part_of_id)

CREATE TABLE seat_reasons (
    seat_id INTEGER NOT NULL,
    theme_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    text TEXT NOT NULL,
    consent TEXT NOT NULL,
    CONSTRAINT pk_seat_reasons PRIMARY KEY (seat_id, theme_id),
    CONSTRAINT ck_seat_reasons_consent CHECK (consent IN ('read', 'unnamed', 'named')),
    CONSTRAINT ck_seat_reasons_text CHECK (length(text) BETWEEN 1 AND 300),
    CONSTRAINT fk_seat_reasons_seat_id FOREIGN KEY(seat_id) REFERENCES seats (id),
    CONSTRAINT fk_seat_reasons_theme_id FOREIGN KEY(theme_id) REFERENCES themes (id)
)

CREATE INDEX ix_seat_reasons_theme_id ON seat_reasons (theme_id)

CREATE TABLE reasons (
    round_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    theme_id INTEGER,
    text TEXT NOT NULL,
    consent TEXT NOT NULL,
    name TEXT DEFAULT '' NOT NULL,
    subregion TEXT DEFAULT '' NOT NULL,
    sector TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_reasons PRIMARY KEY (round_id, number),
    CONSTRAINT ck_reasons_consent CHECK (consent IN ('read', 'unnamed', 'named')),
    CONSTRAINT ck_reasons_name CHECK (consent = 'named' OR name = ''),
    CONSTRAINT fk_reasons_round_id FOREIGN KEY(round_id) REFERENCES rounds (id),
    CONSTRAINT fk_reasons_theme_id FOREIGN KEY(theme_id) REFERENCES themes (id)
)

CREATE INDEX ix_reasons_theme_id ON reasons (theme_id)

CREATE TABLE answer_sheets (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    seat_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    said JSON NOT NULL,
    assisted BOOLEAN DEFAULT false NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_answer_sheets PRIMARY KEY (id),
    CONSTRAINT uq_answer_sheets_seat_id UNIQUE (seat_id),
    CONSTRAINT fk_answer_sheets_round_id FOREIGN KEY(round_id) REFERENCES rounds (id),
    CONSTRAINT fk_answer_sheets_seat_id FOREIGN KEY(seat_id) REFERENCES seats (id)
)

CREATE INDEX ix_answer_sheets_round_id ON answer_sheets (round_id)

CREATE TABLE seat_addresses (
    id SERIAL NOT NULL,
    seat_id INTEGER NOT NULL,
    contact_id INTEGER NOT NULL,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    at_opening BOOLEAN NOT NULL,
    votes BOOLEAN NOT NULL,
    young BOOLEAN DEFAULT false NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_seat_addresses PRIMARY KEY (id),
    CONSTRAINT uq_seat_addresses_seat_id_contact_id_address_votes UNIQUE (seat_id, contact_id, address, votes),
    CONSTRAINT ck_seat_addresses_language CHECK (length(language) BETWEEN 2 AND 8),
    CONSTRAINT fk_seat_addresses_seat_id FOREIGN KEY(seat_id) REFERENCES seats (id),
    CONSTRAINT fk_seat_addresses_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id)
)

CREATE INDEX ix_seat_addresses_contact_id ON seat_addresses (contact_id)

CREATE TABLE former_addresses (
    id SERIAL NOT NULL,
    organisation_id INTEGER NOT NULL,
    contact_id INTEGER NOT NULL,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_former_addresses PRIMARY KEY (id),
    CONSTRAINT fk_former_addresses_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisations (id),
    CONSTRAINT fk_former_addresses_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id)
)

CREATE INDEX ix_former_addresses_contact_id ON former_addresses (contact_id)

CREATE INDEX ix_former_addresses_organisation_id ON former_addresses (organisation_id)

CREATE TABLE calls (
    id SERIAL NOT NULL,
    seat_id INTEGER NOT NULL,
    contact_id INTEGER,
    staff_id INTEGER,
    answer TEXT NOT NULL,
    note TEXT DEFAULT '' NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_calls PRIMARY KEY (id),
    CONSTRAINT ck_calls_answer CHECK (answer IN ('no_answer', 'again', 'will_vote', 'assisted')),
    CONSTRAINT fk_calls_seat_id FOREIGN KEY(seat_id) REFERENCES seats (id),
    CONSTRAINT fk_calls_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id),
    CONSTRAINT fk_calls_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)

CREATE INDEX ix_calls_seat_id ON calls (seat_id)

CREATE INDEX ix_calls_contact_id ON calls (contact_id)

CREATE TABLE registrations (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    organisation_id INTEGER NOT NULL,
    reason TEXT NOT NULL,
    words JSON NOT NULL,
    staff_id INTEGER,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    wait INTEGER NOT NULL,
    state TEXT NOT NULL,
    stopped_at TIMESTAMP WITH TIME ZONE,
    stopped_by_id INTEGER,
    stopped TEXT DEFAULT '' NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    decided_at TIMESTAMP WITH TIME ZONE,
    decided_how TEXT,
    decided_by_id INTEGER,
    decision TEXT DEFAULT '' NOT NULL,
    seat_id INTEGER,
    withdrawal JSON,
    CONSTRAINT pk_registrations PRIMARY KEY (id),
    CONSTRAINT ck_registrations_state CHECK (state IN ('waiting', 'stopped', 'done', 'withdrawn')),
    CONSTRAINT ck_registrations_seat CHECK ((state = 'done') = (seat_id IS NOT NULL)),
    CONSTRAINT uq_registrations_seat_id UNIQUE (seat_id),
    CONSTRAINT fk_registrations_round_id FOREIGN KEY(round_id) REFERENCES rounds (id),
    CONSTRAINT fk_registrations_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisations (id),
    CONSTRAINT fk_registrations_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id),
    CONSTRAINT fk_registrations_stopped_by_id FOREIGN KEY(stopped_by_id) REFERENCES staff (id),
    CONSTRAINT fk_registrations_decided_by_id FOREIGN KEY(decided_by_id) REFERENCES staff (id),
    CONSTRAINT fk_registrations_seat_id FOREIGN KEY(seat_id) REFERENCES seats (id)
)

CREATE INDEX ix_registrations_organisation_id ON registrations (organisation_id)

CREATE INDEX ix_registrations_state_due_at ON registrations (state, due_at)

CREATE INDEX ix_registrations_round_id ON registrations (round_id)

CREATE TABLE invitations (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    nominee_id INTEGER NOT NULL,
    state TEXT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    told INTEGER,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_invitations PRIMARY KEY (id),
    CONSTRAINT uq_invitations_round_id_nominee_id UNIQUE (round_id, nominee_id),
    CONSTRAINT ck_invitations_state CHECK (state IN ('proposed', 'invited', 'opened', 'accepted', 'declined', 'no_answer', 'replaced', 'attended')),
    CONSTRAINT fk_invitations_round_id FOREIGN KEY(round_id) REFERENCES rounds (id),
    CONSTRAINT fk_invitations_nominee_id FOREIGN KEY(nominee_id) REFERENCES nominees (id)
)

CREATE INDEX ix_invitations_nominee_id ON invitations (nominee_id)

CREATE TABLE vote_effects (
    seat_id INTEGER NOT NULL,
    told TEXT NOT NULL,
    panel TEXT,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_vote_effects PRIMARY KEY (seat_id),
    CONSTRAINT fk_vote_effects_seat_id FOREIGN KEY(seat_id) REFERENCES seats (id)
)

CREATE TABLE data_withdrawals (
    package_id INTEGER NOT NULL,
    reason JSON NOT NULL,
    staff_id INTEGER,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_data_withdrawals PRIMARY KEY (package_id),
    CONSTRAINT fk_data_withdrawals_package_id FOREIGN KEY(package_id) REFERENCES data_packages (id),
    CONSTRAINT fk_data_withdrawals_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)

CREATE TABLE attendances (
    id SERIAL NOT NULL,
    dialogue_id INTEGER NOT NULL,
    organisation TEXT NOT NULL,
    country VARCHAR(2) NOT NULL,
    sector TEXT NOT NULL,
    gender TEXT,
    CONSTRAINT pk_attendances PRIMARY KEY (id),
    CONSTRAINT fk_attendances_dialogue_id FOREIGN KEY(dialogue_id) REFERENCES dialogues (id)
)

CREATE INDEX ix_attendances_dialogue_id ON attendances (dialogue_id)

CREATE TABLE evaluation_people (
    id SERIAL NOT NULL,
    evaluation_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    organisation TEXT NOT NULL,
    email TEXT NOT NULL,
    language TEXT NOT NULL,
    source TEXT NOT NULL,
    written_at TIMESTAMP WITH TIME ZONE,
    reminded_at TIMESTAMP WITH TIME ZONE,
    answered BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_evaluation_people PRIMARY KEY (id),
    CONSTRAINT uq_evaluation_people_evaluation_id_email UNIQUE (evaluation_id, email),
    CONSTRAINT ck_evaluation_people_source CHECK (source IN ('panel', 'member', 'hand')),
    CONSTRAINT ck_evaluation_people_language CHECK (length(language) BETWEEN 2 AND 8),
    CONSTRAINT ck_evaluation_people_answered CHECK (NOT answered OR written_at IS NOT NULL),
    CONSTRAINT fk_evaluation_people_evaluation_id FOREIGN KEY(evaluation_id) REFERENCES evaluations (id)
)

CREATE INDEX ix_evaluation_people_evaluation_id ON evaluation_people (evaluation_id)

CREATE TABLE evaluation_sheets (
    id INTEGER NOT NULL,
    evaluation_id INTEGER NOT NULL,
    said JSON NOT NULL,
    CONSTRAINT pk_evaluation_sheets PRIMARY KEY (id),
    CONSTRAINT fk_evaluation_sheets_evaluation_id FOREIGN KEY(evaluation_id) REFERENCES evaluations (id)
)

CREATE INDEX ix_evaluation_sheets_evaluation_id ON evaluation_sheets (evaluation_id)

CREATE TABLE recommendations (
    id SERIAL NOT NULL,
    dialogue_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    position INTEGER NOT NULL,
    reference TEXT,
    text JSON DEFAULT '{}' NOT NULL,
    language TEXT NOT NULL,
    topic TEXT NOT NULL,
    objectives JSON NOT NULL,
    addressed JSON NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    reason JSON DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_recommendations PRIMARY KEY (id),
    CONSTRAINT uq_recommendations_reference UNIQUE (reference),
    CONSTRAINT ck_recommendations_kind CHECK (kind IN ('recommendation', 'challenge', 'initiative')),
    CONSTRAINT ck_recommendations_language CHECK (length(language) BETWEEN 2 AND 8),
    CONSTRAINT ck_recommendations_published CHECK ((reference IS NULL) = (published_at IS NULL)),
    CONSTRAINT fk_recommendations_dialogue_id FOREIGN KEY(dialogue_id) REFERENCES dialogues (id)
)

CREATE INDEX ix_recommendations_dialogue_id ON recommendations (dialogue_id)

CREATE TABLE cosignatures (
    id SERIAL NOT NULL,
    checkpoint_id INTEGER NOT NULL,
    witness_id INTEGER NOT NULL,
    line TEXT NOT NULL,
    time TIMESTAMP WITH TIME ZONE NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    log_size INTEGER NOT NULL,
    CONSTRAINT pk_cosignatures PRIMARY KEY (id),
    CONSTRAINT uq_cosignatures_checkpoint_id_witness_id UNIQUE (checkpoint_id, witness_id),
    CONSTRAINT fk_cosignatures_checkpoint_id FOREIGN KEY(checkpoint_id) REFERENCES checkpoints (id),
    CONSTRAINT fk_cosignatures_witness_id FOREIGN KEY(witness_id) REFERENCES witnesses (id)
)

CREATE TABLE timestamps (
    id SERIAL NOT NULL,
    checkpoint_id INTEGER NOT NULL,
    authority TEXT NOT NULL,
    response BYTEA NOT NULL,
    time TIMESTAMP WITH TIME ZONE NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_timestamps PRIMARY KEY (id),
    CONSTRAINT uq_timestamps_checkpoint_id_authority UNIQUE (checkpoint_id, authority),
    CONSTRAINT fk_timestamps_checkpoint_id FOREIGN KEY(checkpoint_id) REFERENCES checkpoints (id)
)

CREATE TABLE receipt_heads (
    ballot_id INTEGER NOT NULL,
    size INTEGER NOT NULL,
    root TEXT NOT NULL,
    peaks JSON NOT NULL,
    CONSTRAINT pk_receipt_heads PRIMARY KEY (ballot_id),
    CONSTRAINT fk_receipt_heads_ballot_id FOREIGN KEY(ballot_id) REFERENCES ballots (id)
)

CREATE UNIQUE INDEX ix_receipt_heads_size ON receipt_heads (size)

CREATE TABLE assistances (
    ballot_id INTEGER NOT NULL,
    staff_id INTEGER,
    requester TEXT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT pk_assistances PRIMARY KEY (ballot_id),
    CONSTRAINT fk_assistances_ballot_id FOREIGN KEY(ballot_id) REFERENCES ballots (id),
    CONSTRAINT fk_assistances_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)

CREATE TABLE current_ballots (
    seat_id INTEGER NOT NULL,
    ballot_id INTEGER NOT NULL,
    CONSTRAINT pk_current_ballots PRIMARY KEY (seat_id),
    CONSTRAINT uq_current_ballots_ballot_id UNIQUE (ballot_id),
    CONSTRAINT fk_current_ballots_seat_id FOREIGN KEY(seat_id) REFERENCES seats (id),
    CONSTRAINT fk_current_ballots_ballot_id FOREIGN KEY(ballot_id) REFERENCES ballots (id)
)

CREATE TABLE theme_proposal_events (
    id SERIAL NOT NULL,
    proposal_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor TEXT NOT NULL,
    staff_id INTEGER,
    contact_id INTEGER,
    details JSON NOT NULL,
    CONSTRAINT pk_theme_proposal_events PRIMARY KEY (id),
    CONSTRAINT ck_theme_proposal_events_kind CHECK (kind IN ('submitted', 'edited', 'withdrawn', 'answered', 'returned', 'admitted', 'declined', 'merged', 'split', 'made', 'translated', 'reworded', 'undone')),
    CONSTRAINT ck_theme_proposal_events_state CHECK (state IN ('submitted', 'returned', 'admitted', 'declined', 'merged', 'split', 'withdrawn')),
    CONSTRAINT fk_theme_proposal_events_proposal_id FOREIGN KEY(proposal_id) REFERENCES theme_proposals (id),
    CONSTRAINT fk_theme_proposal_events_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id),
    CONSTRAINT fk_theme_proposal_events_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id)
)

CREATE INDEX ix_theme_proposal_events_proposal_id ON theme_proposal_events (proposal_id)

CREATE TABLE theme_supports (
    id SERIAL NOT NULL,
    proposal_id INTEGER NOT NULL,
    organisation_id INTEGER NOT NULL,
    contact_id INTEGER,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_theme_supports PRIMARY KEY (id),
    CONSTRAINT uq_theme_supports_proposal_id_organisation_id UNIQUE (proposal_id, organisation_id),
    CONSTRAINT fk_theme_supports_proposal_id FOREIGN KEY(proposal_id) REFERENCES theme_proposals (id),
    CONSTRAINT fk_theme_supports_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisations (id),
    CONSTRAINT fk_theme_supports_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id)
)

CREATE INDEX ix_theme_supports_organisation_id ON theme_supports (organisation_id)

CREATE TABLE coded_reasons (
    round_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    code_id INTEGER NOT NULL,
    CONSTRAINT pk_coded_reasons PRIMARY KEY (round_id, number, code_id),
    CONSTRAINT fk_coded_reasons_round_id_number FOREIGN KEY(round_id, number) REFERENCES reasons (round_id, number),
    CONSTRAINT fk_coded_reasons_code_id FOREIGN KEY(code_id) REFERENCES reason_codes (id)
)

CREATE INDEX ix_coded_reasons_code_id ON coded_reasons (code_id)

CREATE TABLE access_changes (
    id SERIAL NOT NULL,
    seat_id INTEGER NOT NULL,
    contact_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    address TEXT NOT NULL,
    before TEXT NOT NULL,
    replaces_id INTEGER,
    reason TEXT NOT NULL,
    staff_id INTEGER,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    wait INTEGER NOT NULL,
    state TEXT NOT NULL,
    objected_at TIMESTAMP WITH TIME ZONE,
    objected_by_id INTEGER,
    objection TEXT NOT NULL,
    stopped_by_id INTEGER,
    stopped TEXT DEFAULT '' NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    decided_at TIMESTAMP WITH TIME ZONE,
    decided_how TEXT,
    decided_by_id INTEGER,
    decision TEXT NOT NULL,
    CONSTRAINT pk_access_changes PRIMARY KEY (id),
    CONSTRAINT ck_access_changes_kind CHECK (kind IN ('added', 'address', 'replaced', 'switched_on', 'import')),
    CONSTRAINT ck_access_changes_state CHECK (state IN ('waiting', 'objected', 'done', 'withdrawn')),
    CONSTRAINT fk_access_changes_seat_id FOREIGN KEY(seat_id) REFERENCES seats (id),
    CONSTRAINT fk_access_changes_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id),
    CONSTRAINT fk_access_changes_replaces_id FOREIGN KEY(replaces_id) REFERENCES contacts (id),
    CONSTRAINT fk_access_changes_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id),
    CONSTRAINT fk_access_changes_objected_by_id FOREIGN KEY(objected_by_id) REFERENCES seat_addresses (id),
    CONSTRAINT fk_access_changes_stopped_by_id FOREIGN KEY(stopped_by_id) REFERENCES staff (id),
    CONSTRAINT fk_access_changes_decided_by_id FOREIGN KEY(decided_by_id) REFERENCES staff (id)
)

CREATE INDEX ix_access_changes_state_due_at ON access_changes (state, due_at)

CREATE INDEX ix_access_changes_seat_id_contact_id ON access_changes (seat_id, contact_id)

CREATE TABLE links (
    id SERIAL NOT NULL,
    purpose TEXT NOT NULL,
    subject_id INTEGER NOT NULL,
    contact_id INTEGER,
    seat_address_id INTEGER,
    token_sha256 TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    used_at TIMESTAMP WITH TIME ZONE,
    choice TEXT,
    CONSTRAINT pk_links PRIMARY KEY (id),
    CONSTRAINT uq_links_token_sha256 UNIQUE (token_sha256),
    CONSTRAINT fk_links_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id),
    CONSTRAINT fk_links_seat_address_id FOREIGN KEY(seat_address_id) REFERENCES seat_addresses (id)
)

CREATE INDEX ix_links_contact_id ON links (contact_id)

CREATE INDEX ix_links_seat_address_id ON links (seat_address_id)

CREATE INDEX ix_links_purpose_subject_id ON links (purpose, subject_id)

CREATE TABLE objections (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    seat_id INTEGER NOT NULL,
    ballot_id INTEGER,
    claim TEXT NOT NULL,
    seat_address_id INTEGER NOT NULL,
    who TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    asked_by INTEGER,
    decided_by INTEGER,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_objections PRIMARY KEY (id),
    CONSTRAINT ck_objections_claim CHECK (claim IN ('not_ours', 'missing', 'other')),
    CONSTRAINT ck_objections_state CHECK (state IN ('open', 'withdrawn', 'asked', 'upheld', 'rejected')),
    CONSTRAINT ck_objections_ballot CHECK (claim <> 'not_ours' OR ballot_id IS NOT NULL),
    CONSTRAINT fk_objections_round_id FOREIGN KEY(round_id) REFERENCES rounds (id),
    CONSTRAINT fk_objections_seat_id FOREIGN KEY(seat_id) REFERENCES seats (id),
    CONSTRAINT fk_objections_ballot_id FOREIGN KEY(ballot_id) REFERENCES ballots (id),
    CONSTRAINT fk_objections_seat_address_id FOREIGN KEY(seat_address_id) REFERENCES seat_addresses (id),
    CONSTRAINT fk_objections_asked_by FOREIGN KEY(asked_by) REFERENCES staff (id),
    CONSTRAINT fk_objections_decided_by FOREIGN KEY(decided_by) REFERENCES staff (id)
)

CREATE INDEX ix_objections_round_id ON objections (round_id)

CREATE INDEX ix_objections_seat_id ON objections (seat_id)

CREATE TABLE invitation_events (
    id SERIAL NOT NULL,
    invitation_id INTEGER NOT NULL,
    state TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor TEXT NOT NULL,
    CONSTRAINT pk_invitation_events PRIMARY KEY (id),
    CONSTRAINT ck_invitation_events_state CHECK (state IN ('proposed', 'invited', 'opened', 'accepted', 'declined', 'no_answer', 'replaced', 'attended')),
    CONSTRAINT fk_invitation_events_invitation_id FOREIGN KEY(invitation_id) REFERENCES invitations (id)
)

CREATE INDEX ix_invitation_events_invitation_id ON invitation_events (invitation_id)

CREATE TABLE messages (
    id SERIAL NOT NULL,
    round_id INTEGER,
    kind TEXT NOT NULL,
    contact_id INTEGER,
    seat_id INTEGER,
    invitation_id INTEGER,
    once TEXT NOT NULL,
    channel TEXT DEFAULT 'mail' NOT NULL,
    language TEXT NOT NULL,
    address TEXT NOT NULL,
    to_address BOOLEAN DEFAULT false NOT NULL,
    facts JSON NOT NULL,
    token TEXT,
    message_id TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    attempts INTEGER NOT NULL,
    queued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    claimed_by TEXT,
    claimed_until TIMESTAMP WITH TIME ZONE,
    tried_at TIMESTAMP WITH TIME ZONE,
    left_at TIMESTAMP WITH TIME ZONE,
    code INTEGER,
    said TEXT,
    transport TEXT,
    subject TEXT,
    body TEXT,
    body_sha256 TEXT,
    CONSTRAINT pk_messages PRIMARY KEY (id),
    CONSTRAINT uq_messages_once UNIQUE (once),
    CONSTRAINT uq_messages_message_id UNIQUE (message_id),
    CONSTRAINT ck_messages_state CHECK (state IN ('queued', 'sent', 'failed', 'cancelled')),
    CONSTRAINT ck_messages_language CHECK (length(language) BETWEEN 2 AND 8),
    CONSTRAINT ck_messages_token CHECK (state = 'queued' OR token IS NULL),
    CONSTRAINT ck_messages_channel CHECK (channel IN ('mail', 'gateway')),
    CONSTRAINT fk_messages_round_id FOREIGN KEY(round_id) REFERENCES rounds (id),
    CONSTRAINT fk_messages_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id),
    CONSTRAINT fk_messages_seat_id FOREIGN KEY(seat_id) REFERENCES seats (id),
    CONSTRAINT fk_messages_invitation_id FOREIGN KEY(invitation_id) REFERENCES invitations (id)
)

CREATE INDEX ix_messages_contact_id ON messages (contact_id)

CREATE INDEX ix_messages_round_id_contact_id ON messages (round_id, contact_id)

CREATE INDEX ix_messages_invitation_id ON messages (invitation_id)

CREATE INDEX ix_messages_state_due_at ON messages (state, due_at)

CREATE TABLE recommendation_texts (
    recommendation_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    text JSON NOT NULL,
    factsheet INTEGER NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_recommendation_texts PRIMARY KEY (recommendation_id, version),
    CONSTRAINT fk_recommendation_texts_recommendation_id FOREIGN KEY(recommendation_id) REFERENCES recommendations (id)
)

CREATE TABLE reports (
    id SERIAL NOT NULL,
    recommendation_id INTEGER NOT NULL,
    side TEXT NOT NULL,
    addressee TEXT NOT NULL,
    voice TEXT NOT NULL,
    version INTEGER NOT NULL,
    step TEXT NOT NULL,
    day TEXT NOT NULL,
    text TEXT NOT NULL,
    language TEXT NOT NULL,
    link TEXT NOT NULL,
    evidence_id INTEGER,
    entered TEXT NOT NULL,
    received TEXT NOT NULL,
    institution_id INTEGER,
    organisation_id INTEGER,
    focal_point_id INTEGER,
    staff_id INTEGER,
    entered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_reports PRIMARY KEY (id),
    CONSTRAINT uq_reports_recommendation_id_side_addressee_voice_version UNIQUE (recommendation_id, side, addressee, voice, version),
    CONSTRAINT ck_reports_side CHECK (side IN ('reported', 'seen')),
    CONSTRAINT ck_reports_step CHECK (step IN ('not_begun', 'preparing', 'under_way', 'mostly', 'done')),
    CONSTRAINT ck_reports_entered CHECK (entered IN ('staff', 'focal_point', 'institution', 'organisation')),
    CONSTRAINT ck_reports_received CHECK (received IN ('', 'letter', 'telephone', 'mail', 'meeting')),
    CONSTRAINT ck_reports_how CHECK ((entered = 'staff') = (received <> '')),
    CONSTRAINT ck_reports_organisation CHECK ((side = 'seen') = (organisation_id IS NOT NULL)),
    CONSTRAINT ck_reports_version CHECK (version >= 1),
    CONSTRAINT ck_reports_language CHECK (length(language) BETWEEN 2 AND 8),
    CONSTRAINT fk_reports_recommendation_id FOREIGN KEY(recommendation_id) REFERENCES recommendations (id),
    CONSTRAINT fk_reports_evidence_id FOREIGN KEY(evidence_id) REFERENCES evidence (id),
    CONSTRAINT fk_reports_institution_id FOREIGN KEY(institution_id) REFERENCES institutions (id),
    CONSTRAINT fk_reports_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisations (id),
    CONSTRAINT fk_reports_focal_point_id FOREIGN KEY(focal_point_id) REFERENCES focal_points (id),
    CONSTRAINT fk_reports_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)

CREATE INDEX ix_reports_evidence_id ON reports (evidence_id)

CREATE INDEX ix_reports_addressee ON reports (addressee)

CREATE INDEX ix_reports_institution_id ON reports (institution_id)

CREATE INDEX ix_reports_recommendation_id ON reports (recommendation_id)

CREATE INDEX ix_reports_focal_point_id ON reports (focal_point_id)

CREATE INDEX ix_reports_entered_at ON reports (entered_at)

CREATE INDEX ix_reports_organisation_id ON reports (organisation_id)

CREATE TABLE follow_up_requests (
    id SERIAL NOT NULL,
    call_id INTEGER NOT NULL,
    side TEXT NOT NULL,
    addressee TEXT NOT NULL,
    name TEXT NOT NULL,
    organisation TEXT NOT NULL,
    country TEXT NOT NULL,
    email TEXT NOT NULL,
    language TEXT NOT NULL,
    organisation_id INTEGER,
    institution_id INTEGER,
    contact_id INTEGER,
    focal_point_id INTEGER,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_follow_up_requests PRIMARY KEY (id),
    CONSTRAINT uq_follow_up_requests_call_id_addressee_email UNIQUE (call_id, addressee, email),
    CONSTRAINT ck_follow_up_requests_side CHECK (side IN ('reported', 'seen')),
    CONSTRAINT ck_follow_up_requests_organisation CHECK ((side = 'seen') = (organisation_id IS NOT NULL)),
    CONSTRAINT ck_follow_up_requests_institution CHECK ((side = 'reported') = (institution_id IS NOT NULL)),
    CONSTRAINT ck_follow_up_requests_language CHECK (length(language) BETWEEN 2 AND 8),
    CONSTRAINT fk_follow_up_requests_call_id FOREIGN KEY(call_id) REFERENCES follow_up_calls (id),
    CONSTRAINT fk_follow_up_requests_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisations (id),
    CONSTRAINT fk_follow_up_requests_institution_id FOREIGN KEY(institution_id) REFERENCES institutions (id),
    CONSTRAINT fk_follow_up_requests_contact_id FOREIGN KEY(contact_id) REFERENCES contacts (id),
    CONSTRAINT fk_follow_up_requests_focal_point_id FOREIGN KEY(focal_point_id) REFERENCES focal_points (id)
)

CREATE INDEX ix_follow_up_requests_call_id ON follow_up_requests (call_id)

CREATE INDEX ix_follow_up_requests_institution_id ON follow_up_requests (institution_id)

CREATE INDEX ix_follow_up_requests_organisation_id ON follow_up_requests (organisation_id)

CREATE TABLE ballot_exclusions (
    id SERIAL NOT NULL,
    round_id INTEGER NOT NULL,
    ballot_id INTEGER NOT NULL,
    objection_id INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_ballot_exclusions PRIMARY KEY (id),
    CONSTRAINT uq_ballot_exclusions_ballot_id UNIQUE (ballot_id),
    CONSTRAINT fk_ballot_exclusions_round_id FOREIGN KEY(round_id) REFERENCES rounds (id),
    CONSTRAINT fk_ballot_exclusions_ballot_id FOREIGN KEY(ballot_id) REFERENCES ballots (id),
    CONSTRAINT fk_ballot_exclusions_objection_id FOREIGN KEY(objection_id) REFERENCES objections (id)
)

CREATE INDEX ix_ballot_exclusions_round_id ON ballot_exclusions (round_id)

CREATE TABLE sessions (
    id SERIAL NOT NULL,
    token_sha256 TEXT NOT NULL,
    staff_id INTEGER,
    link_id INTEGER,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    factor TEXT DEFAULT 'none' NOT NULL,
    network TEXT DEFAULT '' NOT NULL,
    browser TEXT DEFAULT '' NOT NULL,
    signature TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_sessions PRIMARY KEY (id),
    CONSTRAINT uq_sessions_token_sha256 UNIQUE (token_sha256),
    CONSTRAINT ck_sessions_owner CHECK ((staff_id IS NULL) <> (link_id IS NULL)),
    CONSTRAINT fk_sessions_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id),
    CONSTRAINT fk_sessions_link_id FOREIGN KEY(link_id) REFERENCES links (id)
)

CREATE TABLE invitation_words (
    event_id INTEGER NOT NULL,
    note TEXT NOT NULL,
    colleague TEXT NOT NULL,
    colleague_contact TEXT NOT NULL,
    CONSTRAINT pk_invitation_words PRIMARY KEY (event_id),
    CONSTRAINT fk_invitation_words_event_id FOREIGN KEY(event_id) REFERENCES invitation_events (id)
)

CREATE TABLE deliveries (
    id SERIAL NOT NULL,
    message_id INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    outcome TEXT NOT NULL,
    code INTEGER,
    said TEXT NOT NULL,
    CONSTRAINT pk_deliveries PRIMARY KEY (id),
    CONSTRAINT ck_deliveries_outcome CHECK (outcome IN ('sent', 'later', 'refused', 'interrupted')),
    CONSTRAINT fk_deliveries_message_id FOREIGN KEY(message_id) REFERENCES messages (id)
)

CREATE INDEX ix_deliveries_at ON deliveries (at)

CREATE INDEX ix_deliveries_message_id ON deliveries (message_id)

CREATE TABLE withdrawals (
    id SERIAL NOT NULL,
    recommendation_id INTEGER NOT NULL,
    report_id INTEGER,
    what TEXT NOT NULL,
    reason JSON DEFAULT '{}' NOT NULL,
    staff_id INTEGER,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_withdrawals PRIMARY KEY (id),
    CONSTRAINT uq_withdrawals_report_id_what UNIQUE (report_id, what),
    CONSTRAINT ck_withdrawals_what CHECK (what IN ('recommendation', 'restored', 'answer', 'evidence')),
    CONSTRAINT ck_withdrawals_report CHECK ((what IN ('answer', 'evidence')) = (report_id IS NOT NULL)),
    CONSTRAINT fk_withdrawals_recommendation_id FOREIGN KEY(recommendation_id) REFERENCES recommendations (id),
    CONSTRAINT fk_withdrawals_report_id FOREIGN KEY(report_id) REFERENCES reports (id),
    CONSTRAINT fk_withdrawals_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
)

CREATE INDEX ix_withdrawals_report_id ON withdrawals (report_id)

CREATE INDEX ix_withdrawals_recommendation_id ON withdrawals (recommendation_id)

CREATE TABLE follow_up_answers (
    report_id INTEGER NOT NULL,
    request_id INTEGER NOT NULL,
    CONSTRAINT pk_follow_up_answers PRIMARY KEY (report_id),
    CONSTRAINT fk_follow_up_answers_report_id FOREIGN KEY(report_id) REFERENCES reports (id),
    CONSTRAINT fk_follow_up_answers_request_id FOREIGN KEY(request_id) REFERENCES follow_up_requests (id)
)

CREATE INDEX ix_follow_up_answers_request_id ON follow_up_answers (request_id)

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME;
END $$

CREATE TRIGGER ballot_exclusions_no_update BEFORE UPDATE ON ballot_exclusions FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER ballot_exclusions_no_delete BEFORE DELETE ON ballot_exclusions FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER ballots_no_update BEFORE UPDATE ON ballots FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER ballots_no_delete BEFORE DELETE ON ballots FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER checkpoint_keys_no_update BEFORE UPDATE ON checkpoint_keys FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER checkpoint_keys_no_delete BEFORE DELETE ON checkpoint_keys FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER checkpoints_no_update BEFORE UPDATE ON checkpoints FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER cosignatures_no_update BEFORE UPDATE ON cosignatures FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER cosignatures_no_delete BEFORE DELETE ON cosignatures FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER data_withdrawals_no_update BEFORE UPDATE ON data_withdrawals FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER data_withdrawals_no_delete BEFORE DELETE ON data_withdrawals FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER deliveries_no_update BEFORE UPDATE ON deliveries FOR EACH ROW WHEN (NOT (NEW.said = '' AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.message_id IS NOT DISTINCT FROM OLD.message_id AND NEW.at IS NOT DISTINCT FROM OLD.at AND NEW.outcome IS NOT DISTINCT FROM OLD.outcome AND NEW.code IS NOT DISTINCT FROM OLD.code)) EXECUTE FUNCTION refuse_change()

CREATE TRIGGER deliveries_no_delete BEFORE DELETE ON deliveries FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER documents_no_update BEFORE UPDATE ON documents FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER documents_no_delete BEFORE DELETE ON documents FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER evidence_no_update BEFORE UPDATE ON evidence FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER evidence_no_delete BEFORE DELETE ON evidence FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER heads_no_update BEFORE UPDATE ON heads FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER heads_no_delete BEFORE DELETE ON heads FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER invitation_events_no_update BEFORE UPDATE ON invitation_events FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER invitation_events_no_delete BEFORE DELETE ON invitation_events FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER log_no_update BEFORE UPDATE ON log FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER log_no_delete BEFORE DELETE ON log FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER minutes_versions_no_update BEFORE UPDATE ON minutes_versions FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER minutes_versions_no_delete BEFORE DELETE ON minutes_versions FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER receipt_heads_no_update BEFORE UPDATE ON receipt_heads FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER receipt_heads_no_delete BEFORE DELETE ON receipt_heads FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER recommendation_texts_no_update BEFORE UPDATE ON recommendation_texts FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER recommendation_texts_no_delete BEFORE DELETE ON recommendation_texts FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER replaced_versions_no_update BEFORE UPDATE ON replaced_versions FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER replaced_versions_no_delete BEFORE DELETE ON replaced_versions FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER reports_no_update BEFORE UPDATE ON reports FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER reports_no_delete BEFORE DELETE ON reports FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER seat_addresses_no_update BEFORE UPDATE ON seat_addresses FOR EACH ROW WHEN (NOT (NEW.address = 'erased:' || OLD.id AND NEW.name = '' AND NEW.id IS NOT DISTINCT FROM OLD.id AND NEW.seat_id IS NOT DISTINCT FROM OLD.seat_id AND NEW.contact_id IS NOT DISTINCT FROM OLD.contact_id AND NEW.language IS NOT DISTINCT FROM OLD.language AND NEW.at_opening IS NOT DISTINCT FROM OLD.at_opening AND NEW.votes IS NOT DISTINCT FROM OLD.votes AND NEW.young IS NOT DISTINCT FROM OLD.young AND NEW.since IS NOT DISTINCT FROM OLD.since)) EXECUTE FUNCTION refuse_change()

CREATE TRIGGER seat_addresses_no_delete BEFORE DELETE ON seat_addresses FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER synthesis_versions_no_update BEFORE UPDATE ON synthesis_versions FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER synthesis_versions_no_delete BEFORE DELETE ON synthesis_versions FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER theme_proposal_events_no_update BEFORE UPDATE ON theme_proposal_events FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER theme_proposal_events_no_delete BEFORE DELETE ON theme_proposal_events FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER timestamps_no_update BEFORE UPDATE ON timestamps FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER timestamps_no_delete BEFORE DELETE ON timestamps FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER withdrawals_no_update BEFORE UPDATE ON withdrawals FOR EACH ROW EXECUTE FUNCTION refuse_change()

CREATE TRIGGER withdrawals_no_delete BEFORE DELETE ON withdrawals FOR EACH ROW EXECUTE FUNCTION refuse_change()
