using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shaper.Host.Diagnosis;

/// <summary>JSON of the doctor's report.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJson : JsonSerializerContext;
