namespace Shaper.Host.Diagnosis;

/// <summary>What <c>shaper doctor --json</c> prints.</summary>
/// <param name="Fit">False when something keeps the shaper from running here.</param>
public sealed record DoctorReport(bool Fit, IReadOnlyList<Finding> Findings);
