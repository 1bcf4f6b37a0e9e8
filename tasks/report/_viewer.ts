/** The part of a report that steps through games. */
import { escapeHtml } from "../_output.ts";
import type { ViewedGame } from "./_samples.ts";

/** Writes the viewer of some games. */
export function viewer(games: readonly ViewedGame[]): string {
  const options = games.map((game, k) =>
    `<option value="${k}">${
      escapeHtml(`${game.white} – ${game.black}, ${game.result}`)
    }</option>`
  );
  // Nothing in a game can end the element that holds it.
  const data = JSON.stringify(games).replaceAll("<", "\\u003c");
  return `<section aria-labelledby="viewer-title"><h2 id="viewer-title">Games and their samples</h2>
<p class="quiet">Keys: ← → a half-move, Home End the ends, Page up and Page down another game.
A move whose position before it is a sample is underlined.</p>
<div id="viewer" tabindex="0" role="group" aria-label="Game viewer"><div>
<label for="game">Game</label> <select id="game">${options.join("")}</select>
<p id="opening" class="quiet"></p>
<div id="board" role="img" aria-label="Board"></div>
<div id="keys"><button type="button" data-go="first">|◀<span class="hidden"> First position</span></button>
<button type="button" data-go="back">◀<span class="hidden"> Back</span></button>
<button type="button" data-go="next">▶<span class="hidden"> Next</span></button>
<button type="button" data-go="last">▶|<span class="hidden"> Last position</span></button></div>
<p id="status" aria-live="polite"></p></div><div>
<h3>Moves</h3><ol id="moves" tabindex="0" aria-label="Moves"></ol></div></div></section>
<script type="application/json" id="viewed-games">${data}</script>
<script>${SCRIPT}</script>`;
}

const SCRIPT = `
"use strict";
{
  const games = JSON.parse(document.getElementById("viewed-games").textContent);
  const byId = (id) => document.getElementById(id);
  const PIECES = { K: "♔", Q: "♕", R: "♖", B: "♗", N: "♘", P: "♙",
    k: "♚", q: "♛", r: "♜", b: "♝", n: "♞", p: "♟" };
  let game = 0;
  let ply = 0;
  const squares = Array.from({ length: 64 }, (_, k) => {
    const square = document.createElement("span");
    square.setAttribute("aria-hidden", "true");
    if (((k >> 3) + k) % 2 === 1) square.className = "dark";
    byId("board").append(square);
    return square;
  });
  const nameOf = (k) => "abcdefgh"[k % 8] + (8 - (k >> 3));
  const evalOf = (value) => value === undefined ? undefined
    : "mate" in value ? "mate " + value.mate : (value.cp / 100).toFixed(2);
  const clockOf = (seconds) => seconds === undefined ? undefined
    : Math.floor(seconds / 60) + ":" + String(Math.floor(seconds % 60)).padStart(2, "0");
  function describe() {
    const { moves, result } = games[game];
    const words = [];
    if (ply === 0) words.push("Start");
    else {
      const { san, eval: evaluation, clock } = moves[ply - 1];
      words.push("After " + Math.ceil(ply / 2) + (ply % 2 === 1 ? ". " : "… ") + san);
      if (evalOf(evaluation) !== undefined) words.push("evaluation " + evalOf(evaluation));
      if (clockOf(clock) !== undefined) words.push("clock " + clockOf(clock));
    }
    words.push(ply === moves.length ? "result " + result
      : moves[ply].isSample ? "a sample: next " + moves[ply].san : "no sample");
    return words.join(", ");
  }
  function show() {
    const { boards, moves } = games[game];
    const cells = boards[ply].replace(/\\d/g, (digit) => " ".repeat(digit)).replaceAll("/", "");
    const last = ply === 0 ? "" : moves[ply - 1].uci;
    squares.forEach((square, k) => {
      square.textContent = PIECES[cells[k]] ?? "";
      square.classList.toggle("moved", last !== "" && last.slice(0, 4).includes(nameOf(k)));
    });
    byId("status").textContent = describe();
    byId("board").setAttribute("aria-label", "Board: " + boards[ply]);
    byId("moves").querySelectorAll("button").forEach((button, k) => {
      if (k === ply - 1) {
        button.setAttribute("aria-current", "true");
        const list = byId("moves");
        list.scrollTop = button.offsetTop - list.offsetTop - list.clientHeight / 2;
      } else button.removeAttribute("aria-current");
    });
  }
  function open(k) {
    game = (k + games.length) % games.length;
    ply = 0;
    byId("game").value = String(game);
    byId("opening").textContent = games[game].opening;
    byId("moves").replaceChildren(...games[game].moves.map(({ san, isSample }, k) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.tabIndex = -1;
      button.textContent = (k % 2 === 0 ? k / 2 + 1 + ". " : "") + san;
      if (isSample) button.className = "sample";
      button.addEventListener("click", () => go(k + 1));
      item.append(button);
      return item;
    }));
    show();
  }
  function go(to) {
    ply = Math.max(0, Math.min(games[game].moves.length, to));
    show();
  }
  const GO = { first: () => go(0), back: () => go(ply - 1), next: () => go(ply + 1), last: () => go(Infinity) };
  for (const button of document.querySelectorAll("[data-go]")) {
    button.addEventListener("click", GO[button.dataset.go]);
  }
  byId("game").addEventListener("change", ({ target }) => open(Number(target.value)));
  const KEYS = { ArrowLeft: GO.back, ArrowRight: GO.next, Home: GO.first, End: GO.last,
    PageUp: () => open(game - 1), PageDown: () => open(game + 1) };
  byId("viewer").addEventListener("keydown", (event) => {
    if (event.target === byId("game") || !(event.key in KEYS)) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  open(0);
}
`;
