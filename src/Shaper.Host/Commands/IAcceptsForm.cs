namespace Shaper.Host.Commands;

/// <summary>An option or argument that can say which values it takes, for the one line that a wrong or missing one gets.</summary>
internal interface IAcceptsForm
{
    string AcceptedForm { get; }

    /// <summary>What is wrong with a value, in one line with the accepted form; null when nothing is.</summary>
    string? Complaint(string text);
}
