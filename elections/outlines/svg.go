package outlines

import (
	"errors"

	"urna/elections/svg"
	"urna/internal/messages"
)

// decodeSVG reads the shapes of a drawing as features, with north above.
func decodeSVG(file []byte) ([]feature, error) {
	regions, err := svg.Regions(file)
	var fault *svg.RegionsError
	switch {
	case errors.As(err, &fault) && fault.Root != "":
		return nil, refuse(messages.MapNotSvg(fault.Root))
	case errors.As(err, &fault) && fault.Bounds:
		return nil, refuse(messages.MapSvgBounds(int64(fault.Line)))
	case errors.As(err, &fault) && fault.Shape:
		return nil, refuse(messages.MapSvgShape(int64(fault.Line)))
	case err != nil:
		return nil, refuse(messages.MapSvgUnreadable(int64(max(1, fault.Line))))
	case len(regions) == 0:
		return nil, refuse(messages.MapSvgEmpty())
	}
	list := make([]feature, 0, len(regions))
	for i, r := range regions {
		f := feature{number: i + 1, values: r.Names}
		for _, ring := range r.Rings {
			points := make([]point, len(ring))
			for j, p := range ring {
				points[j] = point{p.X, -p.Y}
			}
			f.rings = append(f.rings, points)
		}
		list = append(list, f)
	}
	return list, nil
}
