namespace Shaper.Host.Control;

/// <summary>The policy in effect: what <c>GET</c> and <c>PUT /v1/policy</c> answer.</summary>
/// <param name="File">As the operator named it; empty for the built-in policy.</param>
/// <param name="Rules">Those of the file and, unless it leaves them out, the built-in ones.</param>
/// <param name="DownClasses">Classes stated for the way to the site.</param>
/// <param name="UpClasses">Classes stated for the way from the site.</param>
/// <param name="Text">The YAML as it was read; empty for the built-in policy.</param>
public sealed record PolicyAnswer(string File, int Rules, int DownClasses, int UpClasses, string Text);
