using System.Text.Json.Serialization;

namespace Shaper.Host.Control;

/// <summary>Body of <c>PUT /v1/bypass</c>.</summary>
/// <param name="On">True: the kernel bridge carries the traffic. False: the shaper does.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record BypassOrder(bool? On);
