#!/usr/bin/env node
// Committed, because pnpm links commands at installation, when dist does not exist yet.
import '../dist/main.js';
