using System.Text.Json.Serialization;

namespace Shaper.Host.Control;

/// <summary>Body of <c>PUT /v1/rate/{down|up}</c>.</summary>
/// <param name="Rate">The link's own rate in its text form, such as "10mbit".</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RateOrder(string? Rate);
