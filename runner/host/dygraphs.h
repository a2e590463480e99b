#pragma once

/* Where Debian's package has dygraphs, which draws the traces of report.html. Without it the report has pictures. */

#define DYGRAPHS_PACKAGE "libjs-dygraphs"
#define DYGRAPHS_FOLDER "/usr/share/javascript/dygraphs"
#define DYGRAPHS_SCRIPT "dygraph.min.js"
#define DYGRAPHS_STYLE "dygraph.min.css"
