namespace Shaper.Host.Lab;

/// <summary>What the user asked the lab for.</summary>
/// <param name="Scenario">The experiment.</param>
/// <param name="Trials">Which of the two trials.</param>
/// <param name="OutDirectory">Where chart, figures and log go; made when missing.</param>
/// <param name="Json">Figures as JSON, and nothing else, on standard output.</param>
/// <param name="Keep">Leave the lab standing after the trials until interrupted.</param>
internal sealed record LabOrder(LabScenario Scenario, LabTrials Trials, string OutDirectory, bool Json, bool Keep);
