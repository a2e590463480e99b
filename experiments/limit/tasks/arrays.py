"""160 MiB of numbers and, for a moment, half as many of single precision: sharp, as nothing of it can be reclaimed."""

import numpy

MIB = 1 << 20

values = numpy.linspace(-1.0, 1.0, 160 * MIB // 8)
single = values.astype(numpy.float32)
numpy.square(single, out=single)
print(float(single.sum(dtype=numpy.float64)) / values.size)
