namespace Shaper.Host.Control;

/// <summary>The rule that takes a flow's frames.</summary>
/// <param name="Number">Its place in the order of trial, from 1; null where none matches and the fallback takes them.</param>
/// <param name="Of">Rules in force.</param>
/// <param name="Name">As the policy names it; "fallback" for none.</param>
/// <param name="File">Of the policy; null for a rule that came with the box.</param>
/// <param name="Line">In that file; null as well.</param>
/// <param name="Class">The class it names.</param>
/// <param name="Evidence">Each condition with what the flow shows, a line each.</param>
public sealed record RuleStatus(int? Number, int Of, string Name, string? File, int? Line, string Class, IReadOnlyList<string> Evidence);
