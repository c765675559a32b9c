CREATE TABLE logs (at timestamptz, level text, line text);
