"""Whether QGIS takes an SLD and draws the layer by it in more than a few colours: sld.py LAYER STYLE."""
import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"
from qgis.core import QgsApplication, QgsMapRendererSequentialJob, QgsMapSettings, QgsVectorLayer
from qgis.PyQt.QtCore import QSize

app = QgsApplication([], False)
app.initQgis()
layer = QgsVectorLayer(sys.argv[1], "layer", "ogr")
message, loaded = layer.loadSldStyle(sys.argv[2])
assert layer.isValid() and loaded, message
assert len(layer.renderer().rootRule().children()) == 13
settings = QgsMapSettings()
settings.setLayers([layer])
settings.setOutputSize(QSize(700, 500))
settings.setExtent(layer.extent())
settings.setDestinationCrs(layer.crs())
job = QgsMapRendererSequentialJob(settings)
job.start()
job.waitForFinished()
image = job.renderedImage()
colours = {image.pixel(x, y) & 0xFFFFFF for x in range(0, 700, 3) for y in range(0, 500, 3)}
assert {0xFDEED3, 0x852807} <= colours, len(colours)
