"""Whether a run can be trusted: the verdicts that it left in run.log.json, and what its history tells besides."""
import numpy as np

MASS, GAP = 1e-11, 1e-6  # relative; what a history without verdicts is held to


class Judgement:
    """Signs of trouble, a sentence each; what is good, a few words each; and whether the run itself was asked."""

    def __init__(self, run):
        self.troubles, self.good, verdicts = [], [], run.log.get("verdicts")
        self.asked = isinstance(verdicts, list)
        found = [v for v in verdicts if isinstance(v, dict)] if self.asked else []
        self.names = {v.get("name") for v in found}
        self.troubles += [str(v.get("text", v.get("name"))) for v in found]
        for look in self._end, self._mass, self._energy, self._least, self._gap, self._residual, self._inequalities:
            look(run)

    def _say(self, name, bad, trouble, good):
        """Of what the run has judged, its own words count."""
        if bad and not (self.asked and name):
            self.troubles.append(trouble)
        elif not bad and name not in self.names:
            self.good.append(good)

    def _end(self, run):
        done = run.done()
        if done is not None and done < 1 - 1e-9:
            self.troubles.append(f"only {100 * done:.3g}% of the flow is there: it still runs, or ended early")

    def _mass(self, run):
        balance, mass = run.column("balance"), run.column("mass")
        if balance is not None:  # a reaction makes mass
            worst = np.nanmax(np.abs(balance))
            self._say(None, worst > 1e-9, f"the mass departs by {worst:.1e} from the law of the reaction", f"mass by the law of the reaction to {worst:.0e}")
        elif mass is not None and not run.reacts():
            masses = [mass] + [run.column(n) for n in run.columns if n.startswith("mass_") and run.column(n) is not None]  # of species
            drift = max(np.nanmax(np.abs(m - m[0])) / (abs(m[0]) or 1) for m in masses)
            self._say("mass", drift > MASS, f"the mass changes by {drift:.1e} of it", f"mass kept to {drift:.0e}")

    def _energy(self, run):
        energy = run.column("energy")
        if energy is None or len(energy) < 2 or run.reacts():
            return
        rises = np.diff(energy) / max(np.ptp(energy[np.isfinite(energy)]), 1e-300)
        rose = np.diff(energy) > 1e-10 * np.ptp(energy[np.isfinite(energy)]) + 1e-13 * np.nanmax(np.abs(energy))
        self._say("energy", rose.any(), f"the energy rises in {rose.sum()} of {len(rose)} steps, by up to {np.nanmax(rises):.1e} of its range", "energy never rose")

    def _least(self, run):
        low = run.column("min")
        if low is not None:
            least = np.nanmin(low)
            self._say(None, least < 0, f"the density is negative: {least:.3g}", f"least density {least:.3g}")

    def _gap(self, run):
        gap, energy = run.column("gap"), run.column("energy")
        if gap is not None and energy is not None:
            worst = np.nanmax(gap) / (np.nanmax(np.abs(energy)) or 1)
            self._say("gap", worst > GAP, f"the duality gap of a step is {worst:.1e} of the energy: it is not solved", f"duality gaps below {worst:.0e} of the energy")

    def _residual(self, run):
        residual = run.column("residual")
        if residual is not None:
            self.good.append(f"residuals below {np.nanmax(residual):.0e}")

    def _inequalities(self, run):
        violated = run.column("violated")
        if violated is not None:
            states = int((np.nan_to_num(violated) > 0).sum())
            self._say(None, states, f"functional inequalities are violated in {states} states", "no functional inequality violated")
