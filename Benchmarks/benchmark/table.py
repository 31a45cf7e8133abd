"""The figures and how they are shown."""

import sys


class Table:
    """Collects rows of figure, budget, ratio and verdict."""

    def __init__(self):
        self._rows = []

    def add(self, work, figure, unit, budget=None, at_least=False, note="", places=None):
        """Adds a figure.

        `budget` is in the figure's unit; the ratio is figure over budget. A figure without one is there to compare.
        """
        verdict = ""
        if budget is not None:
            verdict = "pass" if (figure >= budget if at_least else figure <= budget) else "FAIL"
        row = {"work": work, "figure": figure, "unit": unit, "budget": budget,
               "bound": "" if budget is None else ("at least" if at_least else "at most"),
               "ratio": None if not budget else figure / budget, "verdict": verdict, "note": note, "places": places}
        self._rows.append(row)
        print(f"  {work}: {self._number(figure, places)} {unit} {note}".rstrip(), file=sys.stderr, flush=True)

    def figures(self):
        """The rows for a file."""
        return [{key: value for key, value in row.items() if key != "places"} for row in self._rows]

    def print(self):
        """Prints the table."""
        cells = [["WORK", "FIGURE", "BUDGET", "RATIO", "", "NOTE"]]
        for row in self._rows:
            bound = {"at least": "≥ ", "at most": "≤ ", "": ""}[row["bound"]]
            cells.append([
                row["work"], f"{self._number(row['figure'], row['places'])} {row['unit']}".rstrip(),
                "" if row["budget"] is None else bound + self._number(row["budget"], None),
                "" if row["ratio"] is None else f"{row['ratio']:.2f}", row["verdict"], row["note"]])
        widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
        for line in cells:
            shown = [cell.rjust(width) if column in (1, 2, 3) else cell.ljust(width)
                     for column, (cell, width) in enumerate(zip(line, widths))]
            print("  ".join(shown).rstrip())

    @staticmethod
    def _number(value, places):
        if places is None:
            places = 0 if value == int(value) or abs(value) >= 100 else 2
        return f"{value:,.{places}f}"
