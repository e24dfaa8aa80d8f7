using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shaper.Host.Policy;

/// <summary>JSON of <c>shaper policy check</c>, generated at build time.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(PolicyReport))]
internal sealed partial class PolicyJson : JsonSerializerContext;
