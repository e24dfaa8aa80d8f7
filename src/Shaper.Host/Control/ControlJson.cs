using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shaper.Host.Control;

/// <summary>The API's JSON, generated at build time: no reflection at start, and a type that is not listed does not compile into the API.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, WriteIndented = true, AllowTrailingCommas = true)]
[JsonSerializable(typeof(ShaperStatus))]
[JsonSerializable(typeof(RateOrder))]
[JsonSerializable(typeof(RateAnswer))]
[JsonSerializable(typeof(BypassOrder))]
[JsonSerializable(typeof(BypassAnswer))]
[JsonSerializable(typeof(StopAnswer))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(PolicyOrder))]
[JsonSerializable(typeof(PolicyAnswer))]
[JsonSerializable(typeof(FlowsAnswer))]
[JsonSerializable(typeof(ExplainAnswer))]
[JsonSerializable(typeof(Refusal))]
internal sealed partial class ControlJson : JsonSerializerContext;
