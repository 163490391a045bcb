// timers: thirty turns of some 15 ms of computing each, a timer in between: half a second of a
// program that is over soon, of which starting is a part.
let turns = 0;
let sum = 0;

function turn() {
  let made = [];
  for (let i = 0; i < 200000; i++) {
    made.push({ number: i, text: String(i) });
    if (made.length > 1000) made = [];
    sum += Math.sqrt(i);
  }
  if (++turns < 30) setTimeout(turn, 1);
}

turn();
