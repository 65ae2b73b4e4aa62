"""readers.py FOLDER n...: ParaView's two XDMF readers and its netCDF-CF reader see the field 1 + x + 10 y + 100 z with 9 in its last corner."""
import glob
import sys

from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonExecutionModel import vtkStreamingDemandDrivenPipeline
from vtkmodules.vtkIONetCDF import vtkNetCDFCFReader
from vtkmodules.vtkIOXdmf2 import vtkXdmfReader
from vtkmodules.vtkIOXdmf3 import vtkXdmf3Reader

folder, sizes = sys.argv[1], [int(n) for n in sys.argv[2:]]
sizes += [1] * (3 - len(sizes))
centres = [[(i + 0.5) * (a + 1) / n for i in range(n)] if n > 1 else [0.0] for a, n in enumerate(sizes)]


def check(reader, data):
    """Point by point: VTK's points run with x first, and each tells where it is."""
    assert data.GetDimensions() == tuple(sizes), (reader, data.GetDimensions())
    values = vtk_to_numpy(data.GetPointData().GetArray("density"))
    assert len(values) == data.GetNumberOfPoints() == sizes[0] * sizes[1] * sizes[2]
    for i, value in enumerate(values):
        x, y, z = data.GetPoint(i)
        where = (i % sizes[0], i // sizes[0] % sizes[1], i // (sizes[0] * sizes[1]))
        assert all(abs(p - c[k]) < 1e-12 for p, c, k in zip((x, y, z), centres, where)), (reader, i, (x, y, z))
        expected = 9 if i == len(values) - 1 else 1 + x + 10 * y + 100 * z
        assert abs(value - expected) < 1e-12 * expected, (reader, i, value, expected)


series = vtkXdmfReader()
series.SetFileName(folder + "/flow.xdmf")
assert series.CanReadFile(folder + "/flow.xdmf")
series.UpdateInformation()
steps, key = series.GetOutputInformation(0), vtkStreamingDemandDrivenPipeline.TIME_STEPS()
times = [steps.Get(key, i) for i in range(steps.Length(key))]
assert len(times) == len(glob.glob(folder + "/density-*.h5")) == 3 and all(abs(t - i * 1e-4) < 1e-12 for i, t in enumerate(times)), times
series.UpdateTimeStep(times[0])
check("XDMF", series.GetOutputDataObject(0))
series.UpdateTimeStep(times[2])
later = vtk_to_numpy(series.GetOutputDataObject(0).GetPointData().GetArray("density"))
assert later.max() > 0 and 9 not in later

third = vtkXdmf3Reader()
third.SetFileName(folder + "/flow.xdmf")
third.UpdateInformation()
third.UpdateTimeStep(times[0])
blocks = third.GetOutputDataObject(0)
check("XDMF 3", blocks.GetBlock(0) if blocks.IsA("vtkMultiBlockDataSet") else blocks)

single = vtkNetCDFCFReader()
single.SphericalCoordinatesOff()
single.SetFileName(folder + "/density-000000.h5")
assert single.CanReadFile(folder + "/density-000000.h5")
single.Update()
check("netCDF-CF", single.GetOutputDataObject(0))
