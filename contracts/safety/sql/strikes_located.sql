SELECT
  s.strike_id,
  s.struck_on,
  s.airport_label,
  a.airport_code,
  a.airport_name,
  a.state,
  s.aircraft,
  s.operator,
  s.phase,
  s.damage,
  s.wildlife_size,
  s.species,
  s.time_of_day,
  s.speed_knots,
  s.cost_usd
FROM strikes_clean AS s
LEFT JOIN names_in AS n ON s.airport_label = n.airport_label
LEFT JOIN airports_in AS a ON n.airport_code = a.airport_code
