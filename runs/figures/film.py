"""The flow as a film: a GIF by Pillow, and an MP4 where ffmpeg is there."""
import os
import shutil
import subprocess

import numpy as np
from PIL import Image

from matplotlib.colors import to_rgb

from . import fields, heading, style
from .series import note
from .style import plt


def write(run, folder, frames=80, rate=12):
    """Writes film.gif, and film.mp4 with ffmpeg; their paths, none for a run of one snapshot. The last frame stays for a second."""
    run = run.film()
    snapshots = [run.load(i) for i in run.spread(frames)]
    if len(snapshots) < 2:
        return []
    stage = _Stage(run, snapshots)
    shots = [stage.shoot(snapshot, number) for number, snapshot in enumerate(snapshots)]
    plt.close(stage.figure)
    paths = [_write_gif(shots, os.path.join(folder, "film.gif"), rate)]
    if shutil.which("ffmpeg"):
        paths += _write_mp4(shots + [shots[-1]] * rate, os.path.join(folder, "film.mp4"), rate)
    return paths


def _palette():
    """256 colours for all frames: those of the densities, and for text and lines the shades between their colour and paper, so that they stay smooth."""
    shades = [style.DENSITY(np.linspace(0, 1, 150))[:, :3], [to_rgb(style.WALL)]]
    for ink in style.INK, style.TICKS, style.BLUE:
        part = np.linspace(0, 1, 35)[:, None]
        shades.append((1 - part) * to_rgb(ink) + part)
    return np.rint(255 * np.concatenate(shades)).astype(int)


def _nearest(shot, palette):
    """For each pixel the index of the nearest colour."""
    codes, place = np.unique(shot.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32), return_inverse=True)
    colours = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=1).astype(int)
    nearest = ((colours[:, None] - palette) ** 2).sum(axis=2).argmin(axis=1)
    return nearest.astype(np.uint8)[place].reshape(shot.shape[:2])


def _write_gif(shots, path, rate):
    palette, images = _palette(), []
    for shot in shots:
        images.append(Image.fromarray(_nearest(shot, palette), mode="P"))
        images[-1].putpalette(palette.ravel().tolist())
    durations = [1000 // rate] * (len(images) - 1) + [1000]
    images[0].save(path, save_all=True, append_images=images[1:], duration=durations, loop=0, optimize=False)
    return path


def _write_mp4(shots, path, rate):
    tall, wide = (2 * (n // 2) for n in shots[0].shape[:2])  # as the codec wants them
    command = ["ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{wide}x{tall}", "-r", str(rate), "-i", "-",
               "-c:v", "libx264", "-crf", "20", "-pix_fmt", "yuv420p", "-movflags", "+faststart", path]
    done = subprocess.run(command, input=b"".join(np.ascontiguousarray(s[:tall, :wide]).tobytes() for s in shots), stderr=subprocess.PIPE, text=False)
    if done.returncode == 0:
        return [path]
    note(f"ffmpeg made no film.mp4: {done.stderr.decode(errors='replace').strip().splitlines()[-1:]}")
    return []


class _Stage:
    """The figure whose pictures are the frames: a panel for each density, in 3-D for each axis along which it is integrated. The colour scale is
    common to the film when the maxima are within a factor of three; else it is that of the frame."""

    def __init__(self, run, snapshots):
        first = snapshots[0]
        self.panels = [(n, v) for n in first.densities for v in range(3 if first.dimension == 3 else 1)]
        self.images = {p: [self._image(s, *p) for s in snapshots] for p in self.panels}
        self.tops = {p: [float(np.nanmax(i)) or 1.0 for i in images] for p, images in self.images.items()}
        shape = np.ptp(first.extent, axis=1)
        width = {1: 5.2, 2: 4.2}.get(len(self.panels), 3.3)  # of a panel
        tall = 3.0 if first.dimension == 1 else min(1.25 * width, max(1.4, 0.76 * width * max(shape[1:]) / shape[0])) + 0.8
        wide = (5.4 if first.dimension == 1 else width) * len(self.panels) + 0.3
        self.figure, axes = plt.subplots(1, len(self.panels), figsize=(wide, tall), squeeze=False, dpi=90, layout="constrained" if first.dimension == 1 else "compressed")
        self.heading = heading.text(run, 0.95 * self.figure.get_figwidth(), False)
        self.figure.set_figheight(tall + 0.16 * self.heading.count("\n"))
        self.time = self.figure.suptitle(self.heading + "\n ", color=style.INK, fontsize=9.5, linespacing=1.35)
        self.artists = [self._start(ax, first, p) for ax, p in zip(axes[0], self.panels)]
        self.figure.get_layout_engine().set(rect=(0.03, 0, 0.96, 1))  # labels of later frames may be wider
        for _ in range(2):  # the first does not know the labels of the colours yet
            self.figure.canvas.draw()
        self.figure.set_layout_engine("none")  # the frames keep the places of the first

    @staticmethod
    def _image(snapshot, name, view):
        field = snapshot.densities[name]
        return field if snapshot.dimension == 1 else fields.views(snapshot, field)[view][3]

    def _common(self, panel):
        return max(self.tops[panel]) <= 3 * min(self.tops[panel])

    def _start(self, ax, first, panel):
        """The artist of a panel."""
        what, top = fields.label(panel[0]), max(self.tops[panel])
        if first.dimension == 1:
            ax.set(xlim=first.extent[0], ylim=(0, 1.05 * top), xlabel="x", title=what)
            fields.shade_walls(ax, first)
            return ax.plot(first.axes[0], self.images[panel][0], color=style.BLUE, linestyle="-")[0]
        title, across, up, image = fields.views(first, first.densities[panel[0]])[panel[1]]
        longest = top if self._common(panel) else max(self.tops[panel], key=lambda t: len(f"{t:.3g}"))  # the label that the layout has to leave room for
        shown = fields.draw_image(ax, first, across, up, image, plt.Normalize(0, longest))
        ax.set(xlabel="xyz"[across], ylabel="xyz"[up], title=title.replace(r"\rho", what.strip("$")) or what)
        fields.draw_bar(shown)
        return shown

    def shoot(self, snapshot, number):
        """The frame of a snapshot, [row, column, colour]."""
        for panel, artist in zip(self.panels, self.artists):
            image = self.images[panel][number]
            if snapshot.dimension == 1:
                artist.set_ydata(image)
                artist.axes.set_ylim(0, 1.05 * (max(self.tops[panel]) if self._common(panel) else self.tops[panel][number]))
                continue
            artist.set_data(image)
            if not self._common(panel):
                artist.set_clim(0, self.tops[panel][number])
            for arrows in list(artist.axes.collections):
                arrows.remove()
            if snapshot.dimension == 2:
                fields.draw_arrows(artist.axes, snapshot, panel[0])
        self.time.set_text(f"{self.heading}\nt = {snapshot.time:.4g}")
        self.figure.canvas.draw()
        return np.asarray(self.figure.canvas.buffer_rgba())[..., :3].copy()
