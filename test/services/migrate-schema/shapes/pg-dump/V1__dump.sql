--
-- PostgreSQL database dump
--

\restrict 4UzTuxyRAqwWmMPNhNlDh6BQJ0hYHqd7lQXh

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE TABLE public.cities (
    id integer NOT NULL,
    name text,
    note text
);

--
-- Data for Name: cities; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.cities (id, name, note) FROM stdin;
1	Zürich	it's; -- not a comment
2	\N	$$ (
3	a\tb	\\.
\.


ALTER TABLE ONLY public.cities
    ADD CONSTRAINT cities_pkey PRIMARY KEY (id);

\unrestrict 4UzTuxyRAqwWmMPNhNlDh6BQJ0hYHqd7lQXh
