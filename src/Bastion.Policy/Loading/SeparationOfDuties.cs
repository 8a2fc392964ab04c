using Bastion.Policy.Evaluation;
using Bastion.Policy.Model;
using Bastion.Policy.Syntax;

namespace Bastion.Policy.Loading;

/// <summary>Refuses a policy in which one person holds two administrations, unless it says so with a reason and an
/// end.</summary>
internal static class SeparationOfDuties
{
    public static void Check(PolicyIndex index, DiagnosticBag found)
    {
        PolicyContent content = index.Content;
        foreach (Person? person in content.People.Values.Where(p => p.Active))
        {
            Duties duties = index.DutiesNamed(index.Identify(new PolicyPrincipal(person.Name)));
            if (index.MayHold(person.Name, duties))
            {
                continue;
            }

            string names =
                string.Join(" and ", BuiltInRoles.Duties.Where(d => (d.Value & duties) != 0).Select(d => $"`{d.Key}`"));
            DutyException? written = content.DutyExceptions.FirstOrDefault(e => e.Person == person.Name);
            if (written is null)
            {
                found.Error(
                    person.Location, "duties-joined", $"`{person.Name}` holds {names}; one person holds one of them",
                    "take one away, or say so in writing under `duty-exceptions`, with a reason and an end");
            }
            else if ((duties & ~written.Duties) != Duties.None)
            {
                found.Error(written.Location, "duties-joined",
                    $"`{person.Name}` holds {names}; the exception does not cover them all",
                    "add the missing one to `duties`, or take the role away");
            }
            else
            {
                found.Warning(
                    written.Location, "exception-ended",
                    $"the exception ended at {written.Until:yyyy-MM-dd HH:mm zzz}: `{person.Name}` acts in none of "
                        + $"{names} any more",
                    "separate the duties, or write a new end");
            }
        }
    }
}
